#pragma once
// One table of refs and their logs: a file that is never changed (git's Documentation/technical/
// reftable.adoc). Object blocks, which lead from ids to refs, are passed over.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gs::git {

// What a table says of one ref.
struct RefRecord {
  enum class Kind : std::uint8_t { deleted, object, symbolic };  // deleted: hides older tables

  std::string_view name;  // these two until the next record
  Kind kind = Kind::deleted;
  std::string_view value;  // the object's id, raw; the ref that a symbolic one is a name of
};

// One move of a ref; ids are raw.
struct LogRecord {
  std::string_view name;
  std::uint64_t update_index = 0;  // of later moves a larger one
  bool deleted = false;            // as such a record in an older table
  std::string_view before, after, message;
};

class Reftable {
 public:
  // `bytes` stay where they are as long as the table is used; `name` is for messages. All functions
  // throw core::Error (broken) for what is no table, is damaged, or has ids of another size.
  Reftable(std::string_view bytes, std::string name, std::size_t id_size);

  std::optional<RefRecord> find(std::string_view name) const;  // its name is the one given
  // From the first ref that does not stand before `first`, in the order of their names, until
  // `each` returns false.
  using EachRef = std::function<bool(const RefRecord&)>;
  void refs_from(std::string_view first, const EachRef& each) const;
  // The moves of one ref, the latest first.
  using EachMove = std::function<void(const LogRecord&)>;
  void moves_of(std::string_view name, const EachMove& each) const;

 private:
  struct Block;
  struct Record;
  class Records;
  enum class Section : char { refs = 'r', log = 'g', index = 'i' };

  [[noreturn]] void damaged(const char* what) const;
  void read_footer(std::size_t id_size);
  std::optional<Block> block_at(std::uint64_t position, Section wanted) const;
  std::optional<std::uint64_t> position_of(Section section, std::string_view key) const;
  template <class Each>
  void scan(Section section, std::string_view first, const Each& each) const;

  std::string_view bytes_;
  std::string name_;
  std::size_t id_size_;
  std::size_t header_size_ = 0, end_ = 0;  // end: where the footer begins
  std::uint64_t block_size_ = 0;           // 0: blocks are not aligned
  bool has_refs_ = false, has_log_ = false;
  std::uint64_t ref_index_ = 0, log_ = 0, log_index_ = 0;
};

}  // namespace gs::git
