#include "lib/python/imports/blocks.h"

#include <array>
#include <cstddef>

namespace gs::python {
namespace {

constexpr std::size_t kMostLevels = 100;  // CPython's own bound

}  // namespace

void Blocks::push(std::uint32_t column, std::uint32_t narrow, const Context& context,
                  std::uint32_t line) {
  blocks_.push_back({column, narrow, context});
  if (blocks_.size() > kMostLevels) found_->report(core::Trouble::indentation, line);
}

void Blocks::indent(std::uint32_t column, std::uint32_t narrow, std::uint32_t line) {
  const bool deeper = column > blocks_.back().column;
  if (expected_ && deeper) {
    expected_ = false;
    if (narrow <= blocks_.back().narrow) found_->report(core::Trouble::indentation, line);
    return push(column, narrow, body_, line);
  }
  bool bad = deeper || (expected_ && required_);
  expected_ = false;
  Context inner = here();
  while (column < blocks_.back().column) {
    inner = here();
    leave_chain(Chain::none, 0);
    blocks_.pop_back();
  }
  // Between two levels it is more likely a line of the inner one.
  if (column > blocks_.back().column) {
    bad = true;
    push(column, narrow, inner, line);
  }
  if (bad || narrow != blocks_.back().narrow) found_->report(core::Trouble::indentation, line);
}

void Blocks::leave_chain(Chain next, std::uint32_t line) {
  Block& block = blocks_.back();
  if (block.chain == Chain::tried) found_->report(core::Trouble::syntax, block.line);
  block.chain = next;
  block.line = line;
}

bool Blocks::continue_chain(Header header, std::uint32_t line) {
  const Chain now = blocks_.back().chain;
  Chain& chain = blocks_.back().chain;
  const bool tried = now == Chain::tried || now == Chain::handled;
  bool fits = false;
  chain = Chain::none;
  switch (header) {
    case Header::elif:
      fits = now == Chain::branches;
      chain = Chain::branches;
      break;
    case Header::else_:
      fits = now == Chain::branches || now == Chain::loop || now == Chain::handled;
      if (now == Chain::handled) chain = Chain::ending;
      break;
    case Header::except:
      fits = tried;
      chain = Chain::handled;
      break;
    default:
      fits = tried || now == Chain::ending;
  }
  if (fits) return true;
  found_->report(core::Trouble::syntax, line);
  blocks_.back().no_more = false;
  return false;
}

Context Blocks::around(Header header) const {
  Context context = here();
  const Block& block = blocks_.back();
  if ((header == Header::elif || header == Header::else_) && block.chain == Chain::branches)
    context.type_checking = context.type_checking || block.no_more;
  return context;
}

Context Blocks::open(Header header, const Test& test, std::uint32_t line) {
  Context body = around(header);
  Block& block = blocks_.back();
  switch (header) {
    case Header::if_:
      leave_chain(Chain::branches, line);
      block.no_more = false;
      break;
    case Header::loop:
      leave_chain(Chain::loop, line);
      break;
    case Header::try_:
      leave_chain(Chain::tried, line);
      block.guard = body.guard = found_->open_try(body.guard);
      break;
    case Header::def:
    case Header::class_:
      leave_chain(Chain::none, line);
      body.scope = found_->open_scope(
          header == Header::def ? core::ImportScope::function : core::ImportScope::class_body,
          body.scope);
      break;
    case Header::with:
    case Header::soft:
      leave_chain(Chain::none, line);
      break;
    default:
      if (continue_chain(header, line) && test.guards) found_->guard(block.guard);
  }
  body.type_checking = body.type_checking || test.if_true;
  block.no_more = block.no_more || test.if_false;
  return body;
}

void Blocks::expect(const Context& body, bool required) {
  body_ = body;
  expected_ = true;
  required_ = required;
}

void Blocks::finish(std::uint32_t line) {
  if (expected_ && required_) found_->report(core::Trouble::indentation, line);
  for (; !blocks_.empty(); blocks_.pop_back()) leave_chain(Chain::none, 0);
}

}  // namespace gs::python
