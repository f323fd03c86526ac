#include <jujubackup/archive.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>

#include "archive/archive_state.hpp"
#include "archive/fault.hpp"
#include "archive/layout.hpp"
#include "archive/verify_archive.hpp"
#include "base/text.hpp"
#include "crypto/decrypted.hpp"
#include "crypto/digest.hpp"
#include "io/walk.hpp"
#include "io/wrapped_source.hpp"

namespace jujubackup {
namespace {

constexpr std::array<std::byte, 3> gzip_start = {std::byte{0x1f}, std::byte{0x8b}, std::byte{0x08}};

std::string read_limited(const Entry& entry, Stream& content, std::size_t limit_bytes) {
  if (entry.size_bytes > limit_bytes) {
    throw Error(ErrorCode::limit, entry.path + ": " + std::to_string(entry.size_bytes) + " bytes are too many");
  }
  MemorySink text(limit_bytes);
  for (auto piece = content.next(); !piece.empty(); piece = content.next()) text.write(piece);
  return text.text();
}

Metadata read_metadata(const Entry& entry, Stream& content) {
  if (entry.type != EntryType::file) throw ArchiveFault("metadata-bad", entry.path, "it is no regular file");
  const std::string text = read_limited(entry, content, layout::max_metadata_bytes);
  try {
    return parse_metadata(text);
  } catch (Error& error) {
    error.add_context(layout::metadata);
    throw;
  }
}

std::string_view noun_of(EntryType type) {
  switch (type) {
    case EntryType::file: return "a file";
    case EntryType::directory: return "a directory";
    case EntryType::symlink: return "a symbolic link";
    case EntryType::hardlink: return "a hard link";
  }
  return "unknown";
}

}  // namespace

Archive Archive::open(const std::string& path) {
  Archive archive = open(open_file(path));
  const FileInfo info = look_at(path);
  // What a symlink leads to has another time than the link.
  if (info.kind == FileKind::file) archive.state_->changed_s = info.ctime_s;
  return archive;
}

Archive Archive::open(std::unique_ptr<Source> source) {
  auto peeked = std::make_unique<PeekedSource>(std::move(source), encrypted_head_bytes);
  const auto head = peeked->head().first(std::min(peeked->head().size(), gzip_start.size()));
  if (!std::ranges::equal(head, gzip_start)) {
    if (is_encrypted(peeked->head())) throw encrypted_unopened(peeked->name());
    throw ArchiveFault("gzip-not", peeked->name(), peeked->head().empty() ? "the file is empty" : "not a gzip file");
  }
  return Archive(std::make_unique<State>(std::move(peeked)));
}

Archive::Archive(std::unique_ptr<State> state) : state_(std::move(state)) {}
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;

std::optional<std::uint64_t> Archive::size_bytes() const { return state_->source->size(); }
std::string Archive::name() const { return state_->source->name(); }

std::optional<Metadata> Archive::metadata(Job* job) {
  job_begin(job, Phase::reading, 0);
  std::optional<Metadata> found;
  const auto visit = [&](const Entry& entry, Stream& content) {
    if (entry.path != layout::metadata) return Step::next;
    found = read_metadata(entry, content);
    return Step::stop;
  };
  // Ours have it in the first member, and what others wrote cannot be hopped.
  state_->walk(Access::beginning, visit, job);
  return found;
}

Metadata Archive::metadata_with_file_facts(bool with_checksum, Job* job) {
  Source& source = *state_->source;
  std::optional<Metadata> found;
  std::uint64_t size_bytes = source.size().value_or(0);
  Digest sha1(Digest::Kind::sha1);

  if (source.random_access() && source.size()) {
    found = metadata(job);
    if (with_checksum) {
      job_begin(job, Phase::reading, size_bytes);
      std::vector<std::byte> buffer(std::size_t{256} * 1024);
      std::uint64_t offset = 0;
      for (std::size_t got = source.read_at(0, buffer); got > 0; got = source.read_at(offset, buffer)) {
        sha1.update(std::span(buffer).first(got));
        offset += got;
        job_advance(job, got);
      }
      size_bytes = offset;
    }
  } else {
    // What may be a pipe is read once, for all facts together.
    job_begin(job, Phase::reading, size_bytes);
    size_bytes = 0;
    const auto tap = [&](std::span<const std::byte> bytes) {
      sha1.update(bytes);
      size_bytes += bytes.size();
    };
    const auto visit = [&](const Entry& entry, Stream& content) {
      if (entry.path == layout::metadata) found = read_metadata(entry, content);
      return Step::next;
    };
    state_->walk(Access::in_order, visit, job, tap);
  }

  const std::string checksum = with_checksum ? sha1.finish_base64() : std::string();
  const Timestamp changed = state_->changed_s ? Timestamp::from_unix(*state_->changed_s) : Timestamp();
  if (!found) return metadata_from_file(static_cast<std::int64_t>(size_bytes), checksum, changed);
  if (found->size_bytes == 0) found->size_bytes = static_cast<std::int64_t>(size_bytes);
  if (found->checksum.empty() && with_checksum) {
    found->checksum = checksum;
    found->checksum_format = checksum_format_sha1;
  }
  if (found->finished.is_zero()) found->finished = changed;
  return *found;
}

VerifyReport Archive::verify(const VerifyOptions& options, Job* job) { return verify_archive(state_->from_start(), options, job); }

std::string Archive::sha256_hex(Job* job) {
  Source& source = state_->from_start();
  job_begin(job, Phase::reading, source.size().value_or(0));
  Digest digest(Digest::Kind::sha256);
  std::vector<std::byte> buffer(std::size_t{256} * 1024);
  for (std::size_t got = source.read(buffer); got > 0; got = source.read(buffer)) {
    digest.update(std::span(buffer).first(got));
    job_advance(job, got);
  }
  return digest.finish_hex();
}

std::vector<Entry> Archive::list(bool inside_root_tar, Job* job) {
  std::vector<Entry> entries;
  for_each(
      inside_root_tar, [&](const Entry& entry) { entries.push_back(entry); }, job);
  return entries;
}

void Archive::for_each(bool inside_root_tar, const std::function<void(const Entry&)>& visit, Job* job) {
  const bool sparse = state_->members() != nullptr;
  job_begin(job, Phase::reading, sparse ? 0 : state_->source->size().value_or(0));
  const auto step = [&](const Entry& entry, Stream&) {
    visit(entry);
    return inside_root_tar && entry.path == layout::root_tar && entry.type == EntryType::file ? Step::enter : Step::next;
  };
  state_->walk(Access::sparse, step, job);
}

void Archive::read_entry(std::string_view path, Sink& into, Job* job) {
  const bool sparse = state_->members() != nullptr;
  const bool inside = path.starts_with(std::string(layout::root_tar) + "/");
  job_begin(job, Phase::reading, sparse ? 0 : state_->source->size().value_or(0));
  bool found = false;
  std::string linked;
  const auto visit = [&](const Entry& entry, Stream& content) {
    if (!found && entry.path == path) {
      if (entry.type == EntryType::hardlink) {
        linked = entry.link_target;
      } else if (entry.type != EntryType::file) {
        throw Error(ErrorCode::invalid_argument, printable(path) + " is " + std::string(noun_of(entry.type)));
      }
      found = true;
      for (auto piece = content.next(); !piece.empty(); piece = content.next()) into.write(piece);
      // In a foreign archive the checksum over the content comes last: read on to it.
      return sparse ? Step::stop : Step::next;
    }
    return inside && !found && entry.path == layout::root_tar && entry.type == EntryType::file ? Step::enter : Step::next;
  };
  state_->walk(Access::sparse, visit, job);
  if (!found) throw Error(ErrorCode::not_found, name() + " holds no " + printable(path));
  if (linked.empty()) return;
  // The link stands after the file it names, so this ends; a link to itself or to another link would not.
  const auto target = [&](const Entry& entry, Stream&) {
    if (entry.path == linked && entry.type != EntryType::file) {
      throw ArchiveFault("link-broken", printable(path), "a hard link to what is no regular file");
    }
    return inside && entry.path == layout::root_tar && entry.type == EntryType::file ? Step::enter : Step::next;
  };
  state_->walk(Access::sparse, target, job);
  read_entry(linked, into, job);
}

}  // namespace jujubackup
