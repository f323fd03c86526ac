#include "archive/content_check.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "archive/layout.hpp"
#include "archive/map_stream.hpp"
#include "io/tree_writer.hpp"

namespace jujubackup {

namespace {

// Archives of 1.20 and older hold this besides: an export of the settings.
constexpr std::string_view legacy_settings = "juju-backup/environconfig.json";
constexpr std::string_view root_prefix = "juju-backup/root.tar/";

// Remembers that a fault came from below root.tar and not out of it.
class Below final : public Stream {
 public:
  explicit Below(Stream& stream) : stream_(stream) {}
  std::span<const std::byte> next() override {
    try {
      return stream_.next();
    } catch (...) {
      failed_ = true;
      throw;
    }
  }
  std::uint64_t skip(std::uint64_t bytes) override {
    try {
      return stream_.skip(bytes);
    } catch (...) {
      failed_ = true;
      throw;
    }
  }
  bool failed() const noexcept { return failed_; }

 private:
  Stream& stream_;
  bool failed_ = false;
};

// The reader stands behind the entry that it refuses in these cases, and can go on.
bool can_go_on(const ArchiveFault& fault) {
  const std::string_view code = fault.finding();
  return code == "name-unsafe" || code == "entry-unsupported";
}

template <typename Visit>
void for_each_entry(tar::TarReader& reader, Findings& findings, Visit&& visit) {
  for (;;) {
    std::optional<Entry> entry;
    try {
      entry = reader.next();
    } catch (const ArchiveFault& fault) {
      if (!can_go_on(fault)) throw;
      findings.add(fault);
      continue;
    }
    if (!entry) return;
    visit(*entry);
  }
}

std::string_view name_of(EntryType type) {
  switch (type) {
    case EntryType::file: return "file";
    case EntryType::directory: return "directory";
    case EntryType::symlink: return "symbolic link";
    case EntryType::hardlink: return "hard link";
  }
  return "entry";
}

void append(std::string& text, std::span<const std::byte> bytes) { text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); }

// Of a place after unpacking. The lowest bit tells directories, which may be named again, from the rest.
std::uint64_t key_of(std::string_view place, bool directory) { return (name_hash(place) & ~std::uint64_t{1}) | (directory ? 1U : 0U); }

}  // namespace

void ContentCheck::run(Stream& content, gzip::MemberMap* map) {
  tar::TarReader reader(content, "");
  for_each_entry(reader, findings_, [&](const Entry& entry) { outer_entry(entry, reader, map); });
}

void ContentCheck::outer_entry(const Entry& entry, tar::TarReader& reader, gzip::MemberMap* map) {
  job_check(job_);
  ++report_.entries;
  if (!first_of_its_name(entry)) return;
  check_link(entry, false);
  const std::string_view path = entry.path;
  if (path == layout::metadata) return read_metadata(entry, reader);
  if (path == layout::manifest) return read_manifest(entry, reader);
  if (path == layout::dump || path.starts_with(std::string(layout::dump) + "/")) return read_dump(entry, reader);
  if (path == layout::root_tar && entry.type == EntryType::file) {
    root_seen_ = true;
    // Unpacking makes this directory first.
    Entry unpacked;
    unpacked.path = layout::unpacked_root;
    unpacked.type = EntryType::directory;
    first_of_its_name(unpacked);
    if (map == nullptr) {
      tar::EntryStream inside(reader);
      return read_root(inside);
    }
    MapStream inside(*map, reader.data_offset(), reader.data_offset() + entry.size_bytes);
    return read_root(inside);
  }
  const bool expected = path == legacy_settings || (path == layout::top && entry.type == EntryType::directory);
  if (!expected) findings_.add("entry-unexpected", path, fmt::format("a {} that does not belong to a backup", name_of(entry.type)));
  if (entry.type == EntryType::file) read_file(entry, reader, {});
}

void ContentCheck::read_root(Stream& content) {
  Below below(content);
  tar::TarReader reader(below, std::string(layout::root_tar));
  try {
    for_each_entry(reader, findings_, [&](Entry& entry) { root_entry(std::move(entry), reader); });
  } catch (const ArchiveFault& fault) {
    if (below.failed()) throw;
    findings_.add(fault, true);
    const std::string_view code = fault.finding();
    if (code != "tar-trailing" && code != "tar-end-missing") return manifest_.root_tar_stopped();
  }
  root_.finish(findings_);
}

void ContentCheck::root_entry(Entry entry, tar::TarReader& reader) {
  job_check(job_);
  ++report_.root_entries;
  root_.entry(entry);
  check_link(entry, true);
  entry.path.insert(0, root_prefix);
  if (entry.type == EntryType::hardlink) entry.link_target.insert(0, root_prefix);
  if (first_of_its_name(entry) && entry.type == EntryType::file) read_file(entry, reader, {});
}

void ContentCheck::read_metadata(const Entry& entry, tar::TarReader& reader) {
  metadata_seen_ = true;
  if (entry.type != EntryType::file) {
    findings_.add("metadata-bad", entry.path, fmt::format("it is a {}, not a file", name_of(entry.type)));
    return;
  }
  std::string text;
  read_file(entry, reader, [&text](std::span<const std::byte> piece) {
    if (text.size() <= layout::max_metadata_bytes) append(text, piece);
  });
  try {
    report_.metadata = parse_metadata(text);
  } catch (const Error& error) {
    findings_.add(error.code() == ErrorCode::unsupported ? "metadata-version" : "metadata-bad", entry.path, error.what());
  }
}

void ContentCheck::read_manifest(const Entry& entry, tar::TarReader& reader) {
  manifest_seen_ = true;
  if (entry.type != EntryType::file) {
    findings_.add("manifest-bad", entry.path, fmt::format("it is a {}, not a file", name_of(entry.type)));
    return;
  }
  std::string text;
  for (auto piece = reader.data(); !piece.empty(); piece = reader.data()) {
    if (text.size() <= layout::max_manifest_bytes) append(text, piece);
  }
  try {
    manifest_.manifest(parse_manifest(text));
  } catch (const Error& error) {
    findings_.add("manifest-bad", entry.path, error.what());
  }
}

void ContentCheck::read_dump(const Entry& entry, tar::TarReader& reader) {
  std::string_view name = entry.path;
  name.remove_prefix(std::min(name.size(), layout::dump.size() + 1));
  dump_.entry(name, entry);
  if (entry.type != EntryType::file) return;
  if (!full() || !name.ends_with(".bson")) return read_file(entry, reader, {});
  BsonCheck bson(findings_, entry);
  read_file(entry, reader, [&bson](std::span<const std::byte> piece) { bson.feed(piece); });
  report_.documents += bson.finish();
}

void ContentCheck::read_file(const Entry& entry, tar::TarReader& reader, const Take& take) {
  if (!full() && !take) return manifest_.file(entry.path, entry.size_bytes, {});
  const bool digest = full() && digests_;
  hashes_.reset();  // a fault may have ended the file before
  for (auto piece = reader.data(); !piece.empty(); piece = reader.data()) {
    // In this order: the digest streams through the piece, so that it is in the cache when documents are looked for in it.
    if (digest) hashes_.update(piece);
    if (take) take(piece);
  }
  manifest_.file(entry.path, entry.size_bytes, digest ? std::optional(hashes_.finish()) : std::nullopt);
}

bool ContentCheck::first_of_its_name(const Entry& entry) {
  const bool directory = entry.type == EntryType::directory;
  const std::string place = layout::unpacked_place(entry.path);
  if (!place_is_possible(entry.path, place)) return false;
  const bool as_directory = names_.contains(key_of(place, true));
  const bool as_other = names_.contains(key_of(place, false));
  names_.insert(key_of(place, directory));
  if (entry.type == EntryType::symlink) symlinks_.insert(name_hash(place));
  if (directory && as_directory && !as_other) return true;
  if (!as_directory && !as_other) return true;
  const bool metadata = entry.path == layout::metadata;
  findings_.add(metadata ? "metadata-duplicate" : "entry-duplicate", entry.path, "it is in the archive more than once");
  return false;
}

bool ContentCheck::place_is_possible(std::string_view path, std::string_view place) {
  try {
    check_relative_path(place);
  } catch (const Error& error) {
    findings_.add("name-unsafe", path, error.what());
    return false;
  }
  // Archives need not name the directories above. Those above a known one are known.
  for (std::size_t slash = place.rfind('/'); slash != std::string_view::npos; slash = place.rfind('/')) {
    place = place.substr(0, slash);
    if (names_.contains(key_of(place, false))) {
      findings_.add("name-unsafe", path, fmt::format("it lies below {}, which is no directory", place));
      return false;
    }
    if (!names_.insert(key_of(place, true))) return true;
    if (names_.size() > 2 * layout::max_entries) {
      throw ArchiveFault("too-many-entries", std::string(path), "there are more than two million entries and directories",
                         ErrorCode::limit);
    }
  }
  return true;
}

void ContentCheck::check_link(const Entry& entry, bool inside_root_tar) {
  if (entry.type == EntryType::hardlink) {
    const std::string prefix(inside_root_tar ? root_prefix : "");
    const std::string target = layout::unpacked_place(prefix + entry.link_target);
    const bool before = entry.link_target != entry.path && names_.contains(key_of(target, false));
    if (!before) findings_.add("link-broken", prefix + entry.path, "a hard link to something that did not come before it");
    if (before && (target == layout::root_tar || symlinks_.contains(name_hash(target)))) {
      findings_.add("link-broken", prefix + entry.path, "a hard link to something that unpacks as no file");
    }
    return;
  }
  if (entry.type != EntryType::symlink) return;
  // Juju itself stores the links of root.tar with the absolute path that they lead to.
  const bool absolute = entry.link_target.starts_with('/');
  if (absolute && inside_root_tar) return;
  if (!absolute && !climbs_out(entry.path, entry.link_target)) return;
  findings_.add("link-outside", std::string(inside_root_tar ? root_prefix : "") + entry.path,
                fmt::format("a symbolic link to {}", entry.link_target));
}

void ContentCheck::finish() {
  if (!metadata_seen_) findings_.add("metadata-missing", layout::metadata, "the archive has no record of the backup");
  if (!root_seen_) findings_.add("root-tar-missing", layout::root_tar, "the archive has no controller files");
  dump_.finish();
  if (report_.own_layout && !manifest_seen_) findings_.add("manifest-missing", layout::manifest, "the archive has no manifest");
  const bool same = manifest_.finish(findings_);
  report_.manifest_checked = same && full();
}

}  // namespace jujubackup
