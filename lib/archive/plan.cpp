#include "archive/plan.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include <jujubackup/error.hpp>

#include "archive/layout.hpp"
#include "archive/tar_header.hpp"
#include "archive/tar_reader.hpp"
#include "base/text.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

constexpr std::uint64_t tar_end_bytes = 1024;
constexpr std::uint64_t max_symlink_bytes = 4095;

// One entry that will be written, as it was found on disk.
using Candidate = TreeEntry;

class Planner {
 public:
  Planner(bool strict, Job* job) : strict_(strict), job_(job) {}

  Plan make(const ArchiveInput& input);
  Plan make(const TreeInput& input);

 private:
  void warn(const std::string& text);
  std::optional<Candidate> look(const InputFile& file, const std::string& prefix, const std::string& base);
  std::vector<Candidate> look_all(const std::vector<InputFile>& files, const std::string& prefix);

  Entry own_entry(std::string_view path, EntryType type, std::uint64_t size_bytes) const;
  void add_bytes(std::span<const std::byte> bytes);
  void add_zeros(std::uint64_t size_bytes);
  void add_file_range(std::size_t file, std::uint64_t offset, std::uint64_t size_bytes);
  void add_candidate(const Candidate& candidate, const std::vector<std::byte>& header, const std::string& path);
  void add_root_tar(const std::vector<Candidate>& files);
  void grow(const Segment& segment);
  void cut();

  bool strict_;
  Job* job_;
  std::int64_t started_s_ = 0;
  Plan plan_;
  Block block_;
};

void Planner::warn(const std::string& text) {
  if (strict_) throw Error(ErrorCode::invalid_argument, text);
  plan_.warnings.push_back(text);
  job_note(job_, text);
}

// What is at the path, ready to be written; nothing, with a warning, if it cannot be part of an archive.
std::optional<Candidate> Planner::look(const InputFile& file, const std::string& prefix, const std::string& base) {
  const std::string shown = printable(base + file.name);
  const auto left_out = [&](std::string_view why) -> std::optional<Candidate> {
    if (file.required) throw Error(ErrorCode::not_found, fmt::format("required file \"{}\" {}", shown, why));
    warn(fmt::format("left out \"{}\": {}", shown, why));
    return std::nullopt;
  };
  FileInfo info;
  try {
    info = look_at(file.disk_path);
  } catch (const Error& error) {
    return left_out(error.message());
  }
  Candidate candidate;
  candidate.disk_path = file.disk_path;
  Entry& entry = candidate.entry;
  entry.path = prefix + tar::clean_name(file.name, shown);
  entry.mode = info.mode;
  entry.uid = info.uid;
  entry.gid = info.gid;
  entry.mtime_s = info.mtime_s;
  switch (info.kind) {
    case FileKind::missing: return left_out("is missing");
    case FileKind::other: return left_out("is a socket, FIFO or device");
    case FileKind::directory: entry.type = EntryType::directory; return candidate;
    case FileKind::file:
      if (::access(file.disk_path.c_str(), R_OK) != 0) return left_out(std::strerror(errno));
      entry.size_bytes = info.size_bytes;
      return candidate;
    case FileKind::symlink: break;
  }
  std::string target(max_symlink_bytes + 1, '\0');
  const ssize_t length = ::readlink(file.disk_path.c_str(), target.data(), target.size());
  if (length <= 0 || static_cast<std::uint64_t>(length) > max_symlink_bytes) return left_out("is a link that cannot be read");
  target.resize(static_cast<std::size_t>(length));
  entry.type = EntryType::symlink;
  entry.link_target = target;
  return candidate;
}

std::vector<Candidate> Planner::look_all(const std::vector<InputFile>& files, const std::string& prefix) {
  std::vector<Candidate> found;
  found.reserve(files.size());
  const std::string base = prefix.empty() ? "" : prefix.substr(layout::top.size() + 1);
  for (const InputFile& file : files) {
    job_check(job_);
    if (auto candidate = look(file, prefix, base)) found.push_back(std::move(*candidate));
  }
  return found;
}

Entry Planner::own_entry(std::string_view path, EntryType type, std::uint64_t size_bytes) const {
  Entry entry;
  entry.path = path;
  entry.type = type;
  entry.size_bytes = size_bytes;
  entry.mode = type == EntryType::directory ? 0700 : 0600;
  entry.mtime_s = started_s_;
  return entry;
}

void Planner::grow(const Segment& segment) {
  if (segment.size_bytes == 0) return;
  plan_.segments.push_back(segment);
  ++block_.segments;
  block_.size_bytes += static_cast<std::uint32_t>(segment.size_bytes);
  plan_.content_bytes += segment.size_bytes;
}

void Planner::cut() {
  if (block_.segments != 0) plan_.blocks.push_back(block_);
  block_ = Block{plan_.segments.size(), 0, 0};
}

void Planner::add_bytes(std::span<const std::byte> bytes) {
  grow({Segment::Kind::bytes, bytes.size(), plan_.bytes.size(), 0});
  plan_.bytes.insert(plan_.bytes.end(), bytes.begin(), bytes.end());
}

void Planner::add_zeros(std::uint64_t size_bytes) { grow({Segment::Kind::zeros, size_bytes, 0, 0}); }

void Planner::add_file_range(std::size_t file, std::uint64_t offset, std::uint64_t size_bytes) {
  grow({Segment::Kind::file, size_bytes, file, offset});
}

// Small files stay whole in one block; a large one starts a block, so that its chunks and the blocks fall together.
void Planner::add_candidate(const Candidate& candidate, const std::vector<std::byte>& header, const std::string& path) {
  const std::uint64_t size = candidate.entry.type == EntryType::file ? candidate.entry.size_bytes : 0;
  const std::uint64_t padding = tar::padded(size) - size;
  const bool large = size >= Plan::block_bytes;
  const std::uint64_t together = header.size() + (large ? 0 : size + padding);
  if (block_.size_bytes + together > Plan::block_bytes) cut();
  add_bytes(header);
  if (candidate.entry.type != EntryType::file) return;
  const std::size_t index = plan_.files.size();
  plan_.files.push_back({candidate.disk_path, path, size, candidate.content});
  if (large) cut();
  for (std::uint64_t offset = 0; offset < size;) {
    const std::uint64_t chunk = std::min<std::uint64_t>(size - offset, Plan::block_bytes);
    add_file_range(index, offset, chunk);
    offset += chunk;
    if (offset < size) cut();
  }
  add_zeros(padding);
}

void Planner::add_root_tar(const std::vector<Candidate>& files) {
  std::vector<std::vector<std::byte>> headers;
  headers.reserve(files.size());
  std::uint64_t size = tar_end_bytes;
  for (const Candidate& file : files) {
    headers.push_back(tar::make_header(file.entry));
    size += headers.back().size() + tar::padded(file.entry.size_bytes);
  }
  add_bytes(tar::make_header(own_entry(layout::root_tar, EntryType::file, size)));
  const std::string base = std::string(layout::root_tar) + "/";
  for (std::size_t i = 0; i < files.size(); ++i) add_candidate(files[i], headers[i], base + files[i].entry.path);
  add_zeros(tar_end_bytes);
}

Plan Planner::make(const ArchiveInput& input) {
  started_s_ = (input.metadata.started.is_zero() ? Timestamp::now() : input.metadata.started).unix_seconds();
  const auto add_own = [this](std::string_view path, EntryType type, std::span<const std::byte> content) {
    add_bytes(tar::make_header(own_entry(path, type, content.size())));
    add_bytes(content);
    add_zeros(tar::padded(content.size()) - content.size());
  };
  const std::string metadata = write_metadata(input.metadata);
  add_own(layout::top, EntryType::directory, {});
  add_own(layout::metadata, EntryType::file, std::as_bytes(std::span(metadata)));
  cut();
  for (const std::string& warning : input.warnings) warn(warning);
  add_root_tar(look_all(input.root_files, ""));
  if (input.root_files.empty()) warn("there are no controller files: root.tar is empty");
  add_own(layout::dump, EntryType::directory, {});
  const auto dump = look_all(input.dump_files, std::string(layout::dump) + "/");
  for (const Candidate& file : dump) add_candidate(file, tar::make_header(file.entry), file.entry.path);
  if (input.dump_files.empty()) warn("there is no database dump");
  cut();
  return std::move(plan_);
}

Plan Planner::make(const TreeInput& input) {
  for (const std::string& warning : input.warnings) warn(warning);
  for (const TreeEntry& file : input.entries) {
    job_check(job_);
    add_candidate(file, tar::make_header(file.entry), file.entry.path);
  }
  cut();
  return std::move(plan_);
}

}  // namespace

Plan make_plan(const ArchiveInput& input, bool strict, Job* job) { return Planner(strict, job).make(input); }
Plan make_plan(const TreeInput& input, bool strict, Job* job) { return Planner(strict, job).make(input); }

std::vector<std::byte> make_tail(std::string_view manifest_name, const std::string& manifest_json, std::int64_t mtime_s) {
  Entry entry;
  entry.path = manifest_name;
  entry.size_bytes = manifest_json.size();
  entry.mode = 0600;
  entry.mtime_s = mtime_s;
  std::vector<std::byte> tail = tar::make_header(entry);
  const auto content = std::as_bytes(std::span(manifest_json));
  tail.insert(tail.end(), content.begin(), content.end());
  tail.resize(tar::padded(tail.size()) + tar_end_bytes);
  return tail;
}

}  // namespace jujubackup
