"""Names in anonymous namespaces that a room (folder) has twice: its sources are compiled together in CI.

Reads what clang-format has laid out: a declaration begins in the first column. An alias of the same
type, and a function with other parameters, may be there twice.
"""
import collections
import re

TYPE = re.compile(r"(?:class|struct|union|enum(?: class)?) (\w+)\b(?!.*;$)")
ALIAS = re.compile(r"using (\w+) = (.*);")
CONSTANT = re.compile(r"\b(k[A-Z]\w*)(?:\[[^\]]*\])?(?:\{|\s*=)")
FUNCTION = re.compile(r"(?!return\b|using\b|static_assert\b)[\w:<>,&*\[\]\s]+?[\s&*](\w+)\((.*)$")
MATCHER = re.compile(r"MATCHER\w*\((\w+)")


def statements(path):
    """Each declaration in the anonymous namespaces: from its first column to its '{' or ';'."""
    inside, parts = False, []
    for line in path.read_text().splitlines():
        if line in ("namespace {", "}  // namespace"):
            inside = line == "namespace {"
        elif parts or (inside and re.match(r"[A-Za-z\[]", line)):
            parts.append(line.split("  // ")[0].strip())
            if parts[-1].endswith(("{", ";", "}", "(")):
                yield " ".join(parts)
                parts = []
            elif re.fullmatch(r"template <.*>", parts[0]):
                parts = []


def parameters(text):
    """The types alone: "(const Edge& edge, int depth = 0) {" is "const Edge&,int"."""
    depth, one, types = 0, "", []
    for c in text:
        depth += c in "(<[{"
        depth -= c in ")>]}"
        if depth < 0 or (c == "," and depth == 0):
            types.append(re.sub(r"(?<=[\s&*])\w+$", "", one.split(" = ")[0].strip()).strip())
            one = ""
            if depth < 0:
                break
        else:
            one += c
    return ",".join(types)


def declared(path):
    """What the file declares there, as (name, what tells it from others of the name)."""
    for text in statements(path):
        if found := ALIAS.match(text):
            yield found.group(1), "alias of " + "::".join(found.group(2).split("::")[-2:])
        elif found := TYPE.match(text) or MATCHER.match(text):
            yield found.group(1), ""
        elif re.match(r"(?:inline |static |thread_local )*const(?:expr)?\b[^(]*[={]", text):
            for name in CONSTANT.findall(text):
                yield name, ""
        elif found := FUNCTION.match(text):
            yield found.group(1), f"({parameters(found.group(2))})"


def check(folder, name_of_folder):
    seen = collections.defaultdict(lambda: collections.defaultdict(set))
    for path in sorted(folder.glob("*.cpp")):
        for name, what in declared(path):
            seen[name][what].add(path.name)
    for name, kinds in sorted(seen.items()):
        for what, files in kinds.items():
            if len(files) > 1 and not what.startswith("alias"):
                yield f"{name_of_folder}: {name}{what} is in the anonymous namespaces of {', '.join(sorted(files))}"
        others = {what for what in kinds if not what.startswith("(")}
        if len(others) > 1:
            yield f"{name_of_folder}: {name} is not the same in {', '.join(sorted(set().union(*kinds.values())))}"
