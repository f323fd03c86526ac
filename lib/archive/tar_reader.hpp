// Reading a tar stream through libarchive, without believing it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <jujubackup/archive.hpp>

#include "archive/stream.hpp"

namespace jujubackup::tar {

// USTAR, PAX and GNU headers; members beyond 8 GiB. Throws ArchiveFault:
//   tar-damaged       a header that cannot be, or data that ends early ("tar-truncated" if the stream ends), content of
//                     another length than the header's
//   tar-end-missing   the stream ends without the two zero blocks
//   tar-trailing      something other than zero bytes follows them
//   name-unsafe       an absolute name, "..", a NUL, or too long; a link's target that is too long
//   entry-unsupported a device, FIFO or socket, or a sparse file
//   too-many-entries
class TarReader {
 public:
  // What is done with names that begin with "/", as `tar -P` writes them. cut: they count from the top, as tar itself unpacks them.
  enum class Absolute { refuse, cut };
  // `where` goes before names in messages: "" or "juju-backup/root.tar".
  TarReader(Stream& stream, std::string where, Absolute absolute = Absolute::refuse);
  ~TarReader();

  // The next entry; nothing after the last one, when the end was checked and the stream was read to its end. What is left of
  // the current entry is passed over.
  std::optional<Entry> next();
  // The next piece of the current entry's content; empty at its end.
  std::span<const std::byte> data();
  // Where the current entry's content begins in the stream.
  std::uint64_t data_offset() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The content of the reader's current entry as a stream.
class EntryStream final : public Stream {
 public:
  explicit EntryStream(TarReader& reader) : reader_(reader) {}
  std::span<const std::byte> next() override { return reader_.data(); }

 private:
  TarReader& reader_;
};

// A name as it may be used: "./" and trailing "/" cut off. Throws ArchiveFault name-unsafe.
std::string clean_name(std::string_view raw, const std::string& where);

}  // namespace jujubackup::tar
