#include "archive/tar_header.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include <jujubackup/error.hpp>

namespace jujubackup::tar {
namespace {

// What libarchive writes. Once the header is complete, the rest is refused: closing would otherwise write out, as zero bytes, the content
// that was announced.
struct Collected {
  std::vector<std::byte> bytes;
  bool complete = false;
};

la_ssize_t collect(struct archive* writer, void* user, const void* bytes, size_t size) {
  auto& out = *static_cast<Collected*>(user);
  if (out.complete) {
    archive_set_error(writer, ECANCELED, "only the header is wanted");
    return -1;
  }
  const auto* begin = static_cast<const std::byte*>(bytes);
  out.bytes.insert(out.bytes.end(), begin, begin + size);
  return static_cast<la_ssize_t>(size);
}

struct FreeWriter {
  void operator()(struct archive* writer) const noexcept { archive_write_free(writer); }
};
struct FreeEntry {
  void operator()(struct archive_entry* entry) const noexcept { archive_entry_free(entry); }
};

unsigned file_type(EntryType type) {
  switch (type) {
    case EntryType::directory: return AE_IFDIR;
    case EntryType::symlink: return AE_IFLNK;
    case EntryType::file:
    case EntryType::hardlink: break;
  }
  return AE_IFREG;
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

using Header = std::unique_ptr<struct archive_entry, FreeEntry>;

Header header_of(const Entry& entry) {
  Header header(archive_entry_new());
  if (!header) throw std::bad_alloc();
  archive_entry_set_pathname(header.get(), entry.path.c_str());
  archive_entry_set_filetype(header.get(), file_type(entry.type));
  archive_entry_set_perm(header.get(), static_cast<mode_t>(entry.mode & 07777));
  archive_entry_set_uid(header.get(), entry.uid);
  archive_entry_set_gid(header.get(), entry.gid);
  archive_entry_set_mtime(header.get(), static_cast<time_t>(entry.mtime_s), 0);
  archive_entry_set_size(header.get(), entry.type == EntryType::file ? static_cast<la_int64_t>(entry.size_bytes) : 0);
  if (entry.type == EntryType::symlink) archive_entry_set_symlink(header.get(), entry.link_target.c_str());
  if (entry.type == EntryType::hardlink) archive_entry_set_hardlink(header.get(), entry.link_target.c_str());
  return header;
}

enum class Dialect {
  ustar,       // names are bytes
  pax,         // USTAR where it can hold the values; names must be ASCII, or would be converted from the process's locale
  pax_binary,  // names are bytes, which an extra header says: GNU tar grumbles about it and reads on
};

// Empty if the dialect cannot hold the entry.
std::vector<std::byte> write_header(const Entry& entry, Dialect dialect) {
  Collected out;
  const std::unique_ptr<struct archive, FreeWriter> writer(archive_write_new());
  if (!writer) throw std::bad_alloc();
  const auto require = [&writer](int result) {
    if (result == ARCHIVE_OK) return;
    const char* why = archive_error_string(writer.get());
    throw Error(ErrorCode::internal, std::string("making a tar header: ") + (why != nullptr ? why : "unknown"));
  };
  if (dialect == Dialect::ustar) {
    require(archive_write_set_format_ustar(writer.get()));
  } else {
    require(archive_write_set_format_pax_restricted(writer.get()));
  }
  if (dialect == Dialect::pax_binary) require(archive_write_set_format_option(writer.get(), "pax", "hdrcharset", "BINARY"));
  require(archive_write_set_bytes_per_block(writer.get(), 0));
  require(archive_write_set_bytes_in_last_block(writer.get(), 1));
  require(archive_write_open(writer.get(), &out, nullptr, collect, nullptr));
  const Header header = header_of(entry);
  const int result = archive_write_header(writer.get(), header.get());
  out.complete = true;
  if (dialect == Dialect::ustar && result != ARCHIVE_OK) return {};
  require(result);
  if (out.bytes.empty() || out.bytes.size() % block_bytes != 0) throw Error(ErrorCode::internal, "making a tar header: odd length");
  return std::move(out.bytes);
}

}  // namespace

std::vector<std::byte> make_header(const Entry& entry) {
  if (is_ascii(entry.path) && is_ascii(entry.link_target)) return write_header(entry, Dialect::pax);
  std::vector<std::byte> plain = write_header(entry, Dialect::ustar);
  return plain.empty() ? write_header(entry, Dialect::pax_binary) : plain;
}

}  // namespace jujubackup::tar
