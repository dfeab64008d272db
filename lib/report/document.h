#pragma once
// A report as a document: what it says, without how it is written down. Built once from a report's
// values (merge_report_document.cpp); html() and markdown() write it. Texts are as somebody gave
// them, bytes and all: every renderer escapes what means something in its own format. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gs::report {

// How a status is coloured; the states of streams have colours of their own.
enum class Tone { plain, good, bad, warn, waiting, ready, in_progress, completed, merged };

struct Inline {
  enum class Kind {
    text,
    name,    // what others named, within a sentence: its direction of writing is its own
    code,    // empty: nothing is written
    commit,  // an abbreviated id
    status,  // a word on a ground of its tone
    time,
  };
  Kind kind = Kind::text;
  std::string text;
  Tone tone = Tone::plain;  // of a status
  std::string utc = {};     // of a time, for programs: RFC 3339
};
using Text = std::vector<Inline>;

struct Paragraph {
  Text text;
};

// Lines of a file, or of what a program printed.
struct Code {
  std::vector<std::string> lines;
  std::optional<std::uint32_t> first = {};  // number of the first line; none: without numbers
  std::uint32_t marked = 0;                 // number of the line that it is about
  Tone tone = Tone::bad;                    // of that line
  Text summary = {};    // its heading, by which it is folded; empty: it is always shown
  bool folded = false;  // in Markdown, which cannot fold, it is left out then
};

// Something found: what, where, by which rule, the lines around it, and a command that helps.
struct Notice {
  Inline status;
  std::string place, rule;
  Text text;
  std::optional<Code> code;
  std::string next;  // empty: none
};

struct Column {
  enum class Kind {
    heading,  // names its row
    text,
    wide,  // long text, broken anywhere
    unbroken,
    quiet,  // unbroken, and of less weight
    number,
    quiet_number,
  };
  std::string title;
  Kind kind = Kind::text;
};

struct Cell {
  // Of a matrix: how it is filled; heat_1 … heat_4: of rising amounts.
  enum class Fill { none, absent, forbidden, wrong, heat_0, heat_1, heat_2, heat_3, heat_4 };
  Text text;
  Fill fill = Fill::none;
};

struct Table {
  std::string label;  // what it is called when it is reached with the keyboard
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  bool matrix = false;                             // all columns are alike
  std::size_t fold_after = 0;                      // rows that are shown at once; 0: all
  std::string rest_label = {}, rest_caption = {};  // of those that are folded away
};

// A picture and the table that says the same, which Markdown has instead.
struct Figure {
  struct Key {
    std::string svg, text;
  };
  std::string label;
  std::string svg;       // whole element
  std::vector<Key> key;  // what its signs mean
  std::string summary;   // "The same as a table"
  Table table;
  Text remark = {};  // below the picture
};

using Block = std::variant<Paragraph, Code, Notice, Table, Figure>;

struct Section {
  std::string id, title, remark;
  std::vector<Block> blocks;
};

// A number worth a precheck.
struct Tile {
  Tone tone;
  std::string number, label;
};

struct Document {
  std::string repository;
  std::string subject, revision;  // the branch and its commit, abbreviated
  Text headline;                  // "develop is sound"
  std::string verdict;
  Inline outcome;             // "passed", "not validated", "failed"
  std::vector<Inline> facts;  // why it was made, when, by whom
  std::vector<Tile> tiles;
  std::vector<Section> sections;
  std::vector<std::string> unknown;  // what could not be found out
  std::string maker;                 // "git-stream 0.1.0"
};

// One page that needs nothing else: no network, no script.
std::string html(const Document& document);
std::string markdown(const Document& document);  // CommonMark with tables

}  // namespace gs::report
