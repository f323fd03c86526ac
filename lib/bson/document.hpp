// Reading BSON without trusting it: the fields of one document, and where documents begin and end in a stream of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jujubackup::bson {

// The values of BSON's type byte that facts are read from.
enum class Type : std::uint8_t { real = 0x01, string = 0x02, document = 0x03, array = 0x04, boolean = 0x08, int32 = 0x10, int64 = 0x12 };

struct Field {
  std::uint8_t type = 0;
  std::string_view name;
  std::span<const std::byte> value;  // the raw value; for documents and arrays the whole sub-document

  std::optional<std::string_view> string() const noexcept;
  std::optional<std::int64_t> integer() const noexcept;  // int32, int64, and doubles that are whole
  bool is(Type wanted) const noexcept { return type == static_cast<std::uint8_t>(wanted); }
};

// Calls `visit` for each top-level field until it returns false. Error(corrupt) `invalid BSON: ...` if the bytes are not one whole
// document: wrong length, no terminator, unknown type, a value past the end.
void for_each_field(std::span<const std::byte> document, const std::function<bool(const Field&)>& visit);
std::optional<Field> find_field(std::span<const std::byte> document, std::string_view name);

// The largest document mongod can hold is 16 MiB and 16 KiB; oplog entries may wrap one.
inline constexpr std::uint32_t max_document_bytes = 48u << 20;
inline constexpr std::uint32_t min_document_bytes = 5;  // a length and a zero byte

// Finds the documents in a stream that arrives in pieces of any size. Bounded memory: a document is only kept whole if it comes in
// several pieces, `visit` is given and it is not larger than `keep_bytes`. What `visit` sees is there for the time of that call.
class Scanner {
 public:
  using Visit = std::function<void(std::span<const std::byte> document)>;
  explicit Scanner(Visit visit = {}, std::size_t keep_bytes = std::size_t{16} << 20);

  // Returns false once the stream is known to be bad; problem() says why. Further bytes are ignored then.
  bool feed(std::span<const std::byte> bytes);
  // The end of the stream; false if it ends inside of a document.
  bool finish();

  std::uint64_t documents() const noexcept { return documents_; }
  // "document 3 at offset 1234: length 4 is impossible"; "" if all was well.
  const std::string& problem() const noexcept { return problem_; }

 private:
  bool fail(const std::string& text);
  std::span<const std::byte> pass_whole_documents(std::span<const std::byte> bytes);

  Visit visit_;
  std::size_t keep_bytes_;
  std::uint64_t offset_ = 0;           // of the next byte of the stream
  std::uint64_t document_offset_ = 0;  // where the current document began
  std::uint64_t documents_ = 0;
  std::uint32_t header_bytes_ = 0;  // of the four that hold the length
  std::uint32_t length_ = 0;
  std::uint32_t left_ = 0;
  std::vector<std::byte> kept_;
  std::string problem_;
};

}  // namespace jujubackup::bson
