#include "archive/tar_reader.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <limits>
#include <utility>

#include <jujubackup/error.hpp>

#include "archive/fault.hpp"
#include "archive/layout.hpp"
#include "base/text.hpp"

namespace jujubackup::tar {
namespace {

constexpr std::size_t max_name_bytes = 4096;
constexpr std::size_t max_target_bytes = 4095;  // no system makes a longer symbolic link
constexpr std::uint64_t block_bytes = 512;
constexpr std::uint64_t end_bytes = 2 * block_bytes;  // of zeros

bool is_zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

std::uint64_t zeros_at_end(std::span<const std::byte> bytes) {
  return static_cast<std::uint64_t>(std::find_if(bytes.rbegin(), bytes.rend(), [](std::byte b) { return b != std::byte{0}; }) -
                                    bytes.rbegin());
}

// The one warning that is none: names are taken as bytes here, whatever the process's locale is.
bool about_a_character_set(struct archive* reader) {
  const char* text = archive_error_string(reader);
  return text != nullptr && std::string_view(text).find("can't be converted") != std::string_view::npos;
}

struct FreeReader {
  void operator()(struct archive* reader) const noexcept { archive_read_free(reader); }
};

}  // namespace

std::string clean_name(std::string_view raw, const std::string& where) {
  const auto unsafe = [&where](const char* why) { return ArchiveFault("name-unsafe", where, why); };
  if (raw.size() > max_name_bytes) throw unsafe("an entry's name is longer than 4096 bytes");
  if (raw.find('\0') != std::string_view::npos) throw unsafe("an entry's name holds a zero byte");
  if (raw.starts_with('/')) throw unsafe("an entry has an absolute name");
  std::string name;
  while (!raw.empty()) {
    const std::size_t slash = std::min(raw.find('/'), raw.size());
    const std::string_view part = raw.substr(0, slash);
    raw.remove_prefix(std::min(slash + 1, raw.size()));
    if (part == "..") throw unsafe("an entry's name climbs out with \"..\"");
    if (part.empty() || part == ".") continue;
    if (!name.empty()) name += '/';
    name += part;
  }
  return name;
}

struct TarReader::State {
  Stream& stream;
  std::string where;
  std::unique_ptr<struct archive, FreeReader> reader;
  std::exception_ptr failure;       // thrown below libarchive's callbacks, to be thrown again above them
  std::span<const std::byte> last;  // the piece that libarchive holds
  std::uint64_t fed = 0;            // bytes of the stream given to libarchive or skipped for it
  std::uint64_t zeros = 0;          // how many zero bytes in a row came directly before `last`
  bool stream_ended = false;
  bool opened = false;
  bool in_entry = false;
  std::uint64_t entries = 0;
  std::uint64_t data_offset = 0;
  std::uint64_t entry_bytes = 0;  // announced
  std::uint64_t entry_done = 0;
  std::optional<std::uint64_t> next_header;  // where it must be, if the entry has no more and no less content than announced

  bool cut_absolute = false;

  State(Stream& from, std::string place, bool cut) : stream(from), where(std::move(place)), reader(archive_read_new()), cut_absolute(cut) {
    if (!reader) throw std::bad_alloc();
    archive_read_support_format_tar(reader.get());
  }

  void pass_last() {
    const std::uint64_t count = zeros_at_end(last);
    zeros = count == last.size() ? zeros + count : count;
    last = {};
  }

  template <typename F>
  la_int64_t guarded(F&& f) {
    try {
      return f();
    } catch (...) {
      failure = std::current_exception();
      archive_set_error(reader.get(), EIO, "reading failed");
      return ARCHIVE_FATAL;
    }
  }

  static la_ssize_t read(struct archive* /*reader*/, void* user, const void** bytes) {
    State& s = *static_cast<State*>(user);
    return static_cast<la_ssize_t>(s.guarded([&s, bytes]() -> la_int64_t {
      s.pass_last();
      s.last = s.stream.next();
      s.fed += s.last.size();
      if (s.last.empty()) s.stream_ended = true;
      *bytes = s.last.data();
      return static_cast<la_int64_t>(s.last.size());
    }));
  }

  static la_int64_t skip(struct archive* /*reader*/, void* user, la_int64_t wanted) {
    State& s = *static_cast<State*>(user);
    return s.guarded([&s, wanted]() -> la_int64_t {
      const std::uint64_t skipped = s.stream.skip(static_cast<std::uint64_t>(wanted));
      s.fed += skipped;
      if (skipped == 0) return 0;
      s.last = {};
      s.zeros = 0;
      return static_cast<la_int64_t>(skipped);
    });
  }

  std::uint64_t consumed() const { return static_cast<std::uint64_t>(archive_filter_bytes(reader.get(), 0)); }

  std::string place() const {
    const std::string at = "tar offset " + std::to_string(consumed());
    return where.empty() ? at : where + " " + at;
  }

  // What libarchive said no to.
  [[noreturn]] void fail() {
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    if (stream_ended) throw ArchiveFault("tar-truncated", place(), "the tar data ends inside of an entry");
    throw ArchiveFault("tar-damaged", place(), "a tar header is damaged");
  }

  void open() {
    opened = true;
    archive_read_set_read_callback(reader.get(), read);
    archive_read_set_skip_callback(reader.get(), skip);
    archive_read_set_callback_data(reader.get(), this);
    if (archive_read_open1(reader.get()) != ARCHIVE_OK) fail();
  }

  void check_content_length();
  void check_end();
  Entry take(struct archive_entry* header);
  std::string name_of(std::string_view raw, const std::string& here) const {
    if (cut_absolute) raw.remove_prefix(std::min(raw.find_first_not_of('/'), raw.size()));
    return clean_name(raw, here);
  }
};

// Other readers of tar take the length in the header for that of the content. libarchive knows exceptions: hard links that have content,
// PAX records with another size, sparse files. What hides behind them would be seen by some readers and not by others.
void TarReader::State::check_content_length() {
  const auto expected = std::exchange(next_header, std::nullopt);
  if (!expected || static_cast<std::uint64_t>(archive_read_header_position(reader.get())) == *expected) return;
  throw ArchiveFault("tar-damaged", place(), "the entry before this place has other content than its header says");
}

// libarchive takes any end for the end; here it must be two zero blocks, then nothing but zero bytes.
void TarReader::State::check_end() {
  const std::uint64_t trailer = consumed() - static_cast<std::uint64_t>(archive_read_header_position(reader.get()));
  const auto unread = static_cast<std::size_t>(std::min<std::uint64_t>(fed - consumed(), last.size()));
  std::span<const std::byte> rest = last.last(unread);
  last = last.first(last.size() - unread);
  pass_last();
  // A global PAX header may come last, so the length alone does not tell.
  if (trailer < end_bytes || zeros < end_bytes) {
    throw ArchiveFault("tar-end-missing", place(), "the tar data ends without its two zero blocks: it was cut");
  }
  for (;;) {
    if (!is_zero(rest)) throw ArchiveFault("tar-trailing", place(), "something follows the end of the tar data");
    rest = stream.next();
    if (rest.empty()) break;
  }
}

Entry TarReader::State::take(struct archive_entry* header) {
  const char* raw = archive_entry_pathname(header);
  if (raw == nullptr) raw = archive_entry_pathname_utf8(header);
  if (raw == nullptr) throw ArchiveFault("name-unsafe", place(), "an entry's name cannot be read");
  const std::string here = place() + " " + quoted_name(raw);
  Entry entry;
  entry.path = name_of(raw, here);
  entry.mode = archive_entry_perm(header) & 07777U;
  entry.uid = archive_entry_uid(header);
  entry.gid = archive_entry_gid(header);
  entry.mtime_s = archive_entry_mtime(header);
  const char* link = archive_entry_hardlink(header);
  if (link == nullptr) link = archive_entry_hardlink_utf8(header);
  if (link != nullptr) {
    entry.type = EntryType::hardlink;
    entry.link_target = name_of(link, here);
    return entry;
  }
  switch (archive_entry_filetype(header)) {
    case AE_IFREG: {
      const la_int64_t size = archive_entry_size(header);
      if (size < 0) throw ArchiveFault("tar-damaged", here, "an entry has an impossible size");
      entry.size_bytes = static_cast<std::uint64_t>(size);
      break;
    }
    case AE_IFDIR: entry.type = EntryType::directory; break;
    case AE_IFLNK: {
      const char* target = archive_entry_symlink(header);
      if (target == nullptr) target = archive_entry_symlink_utf8(header);
      if (target == nullptr || *target == '\0') throw ArchiveFault("tar-damaged", here, "a symbolic link has no target");
      if (std::string_view(target).size() > max_target_bytes) {
        throw ArchiveFault("name-unsafe", here, "a symbolic link's target is longer than 4095 bytes");
      }
      entry.type = EntryType::symlink;
      entry.link_target = target;
      break;
    }
    default: throw ArchiveFault("entry-unsupported", here, "an entry is a device, a FIFO or a socket", ErrorCode::unsupported);
  }
  if (archive_entry_sparse_count(header) > 0) {
    throw ArchiveFault("entry-unsupported", here, "an entry is stored as a sparse file", ErrorCode::unsupported);
  }
  return entry;
}

TarReader::TarReader(Stream& stream, std::string where, Absolute absolute)
    : state_(std::make_unique<State>(stream, std::move(where), absolute == Absolute::cut)) {}
TarReader::~TarReader() = default;

std::optional<Entry> TarReader::next() {
  State& s = *state_;
  if (!s.opened) s.open();
  for (;;) {
    s.in_entry = false;
    struct archive_entry* header = nullptr;
    const int result = archive_read_next_header(s.reader.get(), &header);
    if (s.failure) s.fail();
    if (result == ARCHIVE_OK || result == ARCHIVE_WARN || result == ARCHIVE_EOF) s.check_content_length();
    if (result == ARCHIVE_EOF) {
      s.check_end();
      return std::nullopt;
    }
    // A warning is a name in another character set, which is taken as bytes; anything else libarchive is unsure of is damage.
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) s.fail();
    if (result == ARCHIVE_WARN && !about_a_character_set(s.reader.get())) s.fail();
    if (++s.entries > layout::max_entries) {
      throw ArchiveFault("too-many-entries", s.place(), "there are more than a million entries", ErrorCode::limit);
    }
    s.data_offset = s.consumed();
    Entry entry = s.take(header);
    s.in_entry = true;
    s.next_header = s.data_offset + (entry.size_bytes + block_bytes - 1) / block_bytes * block_bytes;
    s.entry_bytes = entry.size_bytes;
    s.entry_done = 0;
    // "./", as `tar c .` writes it, stands for the target itself.
    if (!entry.path.empty()) return entry;
    if (entry.type != EntryType::directory) throw ArchiveFault("name-unsafe", s.place(), "an entry has no name");
  }
}

std::span<const std::byte> TarReader::data() {
  State& s = *state_;
  if (!s.in_entry) return {};
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int result = archive_read_data_block(s.reader.get(), &bytes, &size, &offset);
    if (result == ARCHIVE_EOF) {
      s.in_entry = false;
      if (s.entry_done != s.entry_bytes) s.fail();
      return {};
    }
    if (result != ARCHIVE_OK || s.failure) s.fail();
    if (size == 0) continue;
    if (static_cast<std::uint64_t>(offset) != s.entry_done || size > s.entry_bytes - s.entry_done) s.fail();
    s.entry_done += size;
    return {static_cast<const std::byte*>(bytes), size};
  }
}

std::uint64_t TarReader::data_offset() const noexcept { return state_->data_offset; }

}  // namespace jujubackup::tar
