// What is wrong with the page as it is laid out now: each function returns a list of faults, empty when all is well.
(() => {
  const kSlack = 1;  // pixels that rounding may cost
  const shown = (node) => {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    return element.checkVisibility({visibilityProperty: true, opacityProperty: true});
  };
  const named = (element) => {
    const text = element.textContent.trim().replace(/\s+/g, ' ').slice(0, 40);
    const kind = element.getAttribute('class');
    return `<${element.localName}${kind ? '.' + kind : ''}> "${text}"`;
  };
  // The boxes of a text, line by line.
  const boxes = (text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    return [...range.getClientRects()].filter((box) => box.width > 0 && box.height > 0);
  };
  const texts = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) {
      const text = walker.currentNode;
      if (text.data.trim() !== '' && shown(text) && boxes(text).length > 0) found.push(text);
    }
    return found;
  };
  const within = (inner, outer, slack = kSlack) =>
    inner.left >= outer.left - slack && inner.right <= outer.right + slack && inner.top >= outer.top - slack &&
    inner.bottom <= outer.bottom + slack;
  const scroller = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(at).overflowX)) return at;
    }
    return null;
  };

  // Colours, as [red, green, blue, alpha]; what a style says may have any notation, a canvas knows them all.
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const parsed = new Map();
  const colour = (style) => {
    if (!parsed.has(style)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = style;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      parsed.set(style, [r, g, b, a / 255]);
    }
    return parsed.get(style);
  };
  const over = (above, below) => [0, 1, 2].map((i) => above[i] * above[3] + below[i] * (1 - above[3])).concat(1);
  const luminance = (c) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2]);
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const faded = (element) => {
    let opacity = 1;
    for (let at = element; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    return opacity;
  };
  const painted = (element, property) => {
    const style = getComputedStyle(element)[property];
    if (style === 'none' || style.startsWith('url')) return [0, 0, 0, 0];
    const [r, g, b, a] = colour(style);
    return [r, g, b, a * faded(element)];
  };
  // A picture's parts in the order in which they are drawn, and what its rectangles paint; for one look.
  let pictures = new Map();
  const drawn = (picture) => {
    if (!pictures.has(picture)) {
      const order = new Map([...picture.querySelectorAll('*')].map((part, number) => [part, number]));
      const rects = [...picture.querySelectorAll('rect')].filter((rect) => !rect.closest('defs')).map((rect) => (
        {number: order.get(rect), box: rect.getBoundingClientRect(), fill: painted(rect, 'fill')}));
      pictures.set(picture, {order, rects});
    }
    return pictures.get(picture);
  };
  // What is behind a box: grounds from the outermost element inwards, then what a picture has drawn there before.
  const ground = (element, box) => {
    const chain = [];
    for (let at = element; at; at = at.parentElement) chain.unshift(at);
    let below = colour(getComputedStyle(document.documentElement).colorScheme.includes('dark') &&
      matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#fff');
    for (const at of chain) {
      if (!(at instanceof SVGElement)) below = over(painted(at, 'backgroundColor'), below);
    }
    const picture = element.closest('svg');
    if (picture && picture !== element) {
      const {order, rects} = drawn(picture), number = order.get(element);
      for (const rect of rects) {
        if (rect.number < number && within(box, rect.box, 2)) below = over(rect.fill, below);
      }
    }
    return below;
  };

  const looks = {
    // Nothing sticks out at the side; what is too wide scrolls by itself, and can be reached with the keyboard.
    width() {
      const faults = [], width = document.documentElement.clientWidth;
      const most = document.scrollingElement.scrollWidth;
      if (most > width) faults.push(`the page is ${most} px wide in a window of ${width}`);
      for (const element of document.body.querySelectorAll('*')) {
        if (element.matches('.skip') || element.closest('svg') !== null || !shown(element)) continue;
        const box = element.getBoundingClientRect();
        if (!scroller(element) && box.width > 0 && (box.right > width + kSlack || box.left < -kSlack))
          faults.push(`${named(element)} is from ${box.left} to ${box.right}`);
        const scrolls = /auto|scroll/.test(getComputedStyle(element).overflowX);
        const card = element.parentElement.closest('section, header, footer, .tiles li');
        if (card && !scroller(element) && box.width > 0 && !within(box, {...card.getBoundingClientRect().toJSON(),
            top: -Infinity, bottom: Infinity}))
          faults.push(`${named(element)} sticks out of its ${card.localName}`);
        if (scrolls && element.scrollWidth > element.clientWidth && element.tabIndex < 0)
          faults.push(`${named(element)} scrolls, but not with the keyboard`);
      }
      return faults;
    },

    // WCAG AA: 4.5 to 1, or 3 to 1 where letters are large; 3 to 1 for what is drawn and means something.
    contrast() {
      const faults = [];
      pictures = new Map();
      const judge = (element, ink, box, least) => {
        const below = ground(element, box);
        const ratio = contrast(over(ink, below), below);
        looks.least = Math.min(looks.least, ratio);
        if (ratio < least) faults.push(`${named(element)} has ${ratio.toFixed(2)} to 1, not ${least}`);
      };
      for (const text of texts(document.body)) {
        const element = text.parentElement, style = getComputedStyle(element);
        if (element.closest('.skip')) continue;
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        const ink = painted(element, element instanceof SVGElement ? 'fill' : 'color');
        judge(element, ink, boxes(text)[0], large ? 3 : 4.5);
      }
      const kinds = new Map();  // a mark is as the others of its kind: a few of each will do
      for (const mark of document.querySelectorAll('svg use, svg .hold, svg .node, svg .edge, svg .tip, .key g')) {
        const kind = mark.getAttribute('href') ?? mark.getAttribute('class');
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        if (kinds.get(kind) > 40 || !shown(mark)) continue;
        const source = mark.localName === 'use' ? document.querySelector(mark.getAttribute('href')) : mark;
        const line = getComputedStyle(source).stroke !== 'none';
        judge(mark, painted(source, line ? 'stroke' : 'fill'), mark.getBoundingClientRect(), 3);
      }
      return faults;
    },

    // Light is light, and dark is dark.
    scheme() {
      const light = luminance(ground(document.body, document.body.getBoundingClientRect())) > 0.5;
      const wanted = matchMedia('(prefers-color-scheme: light)').matches;
      return light === wanted ? [] : [`it is ${light ? 'light' : 'dark'}`];
    },

    // What is drawn is inside of its picture, and no text runs into another or out of its node.
    pictures() {
      const faults = [];
      for (const picture of document.querySelectorAll('svg')) {
        if (!shown(picture)) continue;
        const frame = picture.getBoundingClientRect();
        const around = scroller(picture);
        if (around && frame.right - around.getBoundingClientRect().left + around.scrollLeft > around.scrollWidth + kSlack)
          faults.push(`${named(picture)} cannot be scrolled to its end`);
        for (const part of picture.querySelectorAll('rect, path, circle, line, text, use')) {
          if (part.closest('defs')) continue;
          const box = part.getBoundingClientRect();
          if (!within(box, frame))
            faults.push(`${named(part)} is at ${box.left},${box.top} to ${box.right},${box.bottom}, its picture ` +
              `at ${frame.left},${frame.top} to ${frame.right},${frame.bottom}`);
        }
        const marks = Math.min(...[...picture.querySelectorAll('use')].map((use) => use.getBoundingClientRect().left));
        const labels = [...picture.querySelectorAll('text')].map((text) => [text, text.getBoundingClientRect()]);
        labels.forEach(([text, a], i) => {
          const node = text.parentElement.querySelector(':scope > rect.node');
          if (node && !within(a, node.getBoundingClientRect())) faults.push(`${named(text)} is wider than its node`);
          for (const [other, b] of labels.slice(i + 1)) {
            const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (x > kSlack && y > 3) faults.push(`${named(text)} and ${named(other)} run into one another`);
          }
          if (picture.querySelector('.grid') && text.getAttribute('class') === null && a.right > marks)
            faults.push(`${named(text)} runs into the lanes`);
        });
      }
      return faults;
    },

    // Only elements and attributes of ours: a name that became markup would bring others.
    markup(elements) {
      const faults = [];
      for (const element of document.querySelectorAll('*')) {
        if (!elements.includes(element.localName)) faults.push(`<${element.localName}> is none of ours`);
        for (const attribute of element.attributes) {
          if (/^on|^(src|srcset|action|formaction|ping|xlink:href)$/.test(attribute.name))
            faults.push(`<${element.localName} ${attribute.name}> is none of ours`);
          if (attribute.name === 'href' && !attribute.value.startsWith('#'))
            faults.push(`<${element.localName}> leads to ${attribute.value}`);
        }
      }
      if (document.images.length + document.scripts.length + frames.length > 0) faults.push('something is embedded');
      return faults;
    },

    // A name that runs from right to left, or turns round what follows, stays in its own place: what comes after it in
    // the document is after it on the page.
    order() {
      const faults = [], strong = /[\u0590-\u08ff\u202a-\u202e\u2066-\u2069]/;
      for (const block of document.querySelectorAll('h1, h3, p, td, th, li, summary, dd, dt')) {
        if (!shown(block) || !strong.test(block.textContent)) continue;
        const all = texts(block);
        all.slice(1).forEach((text, i) => {
          const before = boxes(all[i]), after = boxes(text);
          const a = before[before.length - 1], b = after[0];
          const line = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > Math.min(a.height, b.height) / 2;
          if (line && b.left < a.right - kSlack)
            faults.push(`${named(block)}: "${text.data.trim().slice(0, 20)}" is before "${all[i].data.trim().slice(0, 20)}"`);
        });
      }
      return faults;
    },

    // The names, letter by letter, that are to be read somewhere.
    names(names) {
      const said = document.body.textContent;
      return names.filter((name) => !said.includes(name)).map((name) => `nowhere: ${name}`);
    },

    unfold() {
      for (const details of document.querySelectorAll('details')) details.open = true;
    },
    least: Infinity,
    words: () => document.body.innerText,
  };
  globalThis.looks = looks;
})();
