#include "client/backup_archive.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

#include "archive/fault.hpp"
#include "archive/layout.hpp"
#include "base/text.hpp"
#include "client/backup_layout.hpp"
#include "client/files.hpp"
#include "crypto/digest.hpp"
#include "io/tree_writer.hpp"

namespace jujubackup::client {
namespace {

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool is_kept(std::string_view path) {
  return is_yaml_file(last_part(path)) || (path.ends_with(".json") && last_part(parent_of(path)) == "cookies");
}

bool is_at_usual_place(std::string_view directory) {
  return directory == usual_entry || directory.ends_with("/" + std::string(usual_entry));
}

// The path of `name` below `directory`; nothing if it does not lie there.
std::optional<std::string_view> below(std::string_view directory, std::string_view name) {
  if (directory.empty()) return name;
  if (!name.starts_with(directory)) return std::nullopt;
  if (name.size() == directory.size()) return std::string_view();
  if (name[directory.size()] != '/') return std::nullopt;
  return name.substr(directory.size() + 1);
}

// The reader stands behind the entry that it refuses in these cases, and can go on.
bool can_go_on(const ArchiveFault& fault) {
  const std::string_view code = fault.finding();
  return code == "name-unsafe" || code == "entry-unsupported";
}

template <typename Visit>
void for_each_entry(tar::TarReader& reader, Visit&& visit, const std::function<void(const ArchiveFault&)>& refused) {
  for (;;) {
    std::optional<Entry> entry;
    try {
      entry = reader.next();
    } catch (const ArchiveFault& fault) {
      if (!can_go_on(fault)) throw;
      refused(fault);
      continue;
    }
    if (!entry) return;
    if (!entry->path.empty()) visit(*std::move(entry));
  }
}

void take_facts(const Manifest& manifest, ClientBackupRecord& record) {
  for (const auto& [name, fact] : manifest.facts) {
    if (name == "host") record.host = fact;
    if (name == "directory") record.directory = fact;
    if (name == "cookie-jar") record.cookie_jar = fact;
    if (name == "started") {
      try {
        record.started = Timestamp::parse_rfc3339(fact);
      } catch (const Error&) {
        record.warnings.emplace_back("the time in the manifest cannot be read");
      }
    }
  }
  for (const std::string& warning : manifest.warnings) record.warnings.push_back("when the backup was made: " + warning);
}

}  // namespace

ArchiveReading::ArchiveReading(Source& source, Findings& findings, Job* job)
    : findings_(findings), content_(source, {job_threads(job), true, {}}, job), job_(job) {}

void ArchiveReading::run() {
  tar::TarReader reader(content_, "", tar::TarReader::Absolute::cut);
  for_each_entry(
      reader, [&](Entry entry) { take(std::move(entry), reader); }, [&](const ArchiveFault& fault) { findings_.add(fault); });
}

void ArchiveReading::run_on() {
  while (!content_.next().empty()) {
  }
}

void ArchiveReading::take(Entry entry, tar::TarReader& reader) {
  job_check(job_);
  try {
    check_relative_path(entry.path);
  } catch (const Error& error) {
    findings_.add("name-unsafe", entry.path, error.what());
    return;
  }
  if (all_.size() == max_entries) {
    throw ArchiveFault("too-many-entries", entry.path, "there are more entries than a client directory has", ErrorCode::limit);
  }
  const std::string name = entry.path;
  const auto [place, is_new] = all_.try_emplace(name);
  if (!is_new) {
    const bool directories = place->second.entry.type == EntryType::directory && entry.type == EntryType::directory;
    if (!directories) findings_.add("entry-duplicate", name, "it is in the archive more than once");
    return;
  }
  ArchivedEntry& taken = place->second;
  taken.entry = std::move(entry);
  if (taken.entry.type == EntryType::file) take_file(taken, reader);
  if (taken.entry.type != EntryType::hardlink) return;
  const auto target = all_.find(taken.entry.link_target);
  if (target == all_.end() || target->second.digest.empty()) {
    findings_.add("link-broken", name, "a hard link to what is no file that came before it");
    return;
  }
  taken.digest = target->second.digest;
  taken.entry.size_bytes = target->second.entry.size_bytes;
  if (const auto text = texts_.find(taken.entry.link_target); text != texts_.end() && is_kept(name)) {
    texts_bytes_ += text->second.size();
    if (texts_bytes_ <= max_texts_bytes) texts_[name] = std::string(text->second);
  }
}

void ArchiveReading::take_file(ArchivedEntry& file, tar::TarReader& reader) {
  const bool manifest = last_part(file.entry.path) == manifest_file && file.entry.size_bytes <= layout::max_manifest_bytes;
  const bool kept =
      is_kept(file.entry.path) && file.entry.size_bytes <= max_file_bytes && texts_bytes_ + file.entry.size_bytes <= max_texts_bytes;
  Digest digest(Digest::Kind::sha256);
  std::string text;
  hashes_.reset();
  for (auto piece = reader.data(); !piece.empty(); piece = reader.data()) {
    digest.update(piece);
    hashes_.update(piece);
    if (manifest || kept) text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  const std::vector<std::byte> bytes = digest.finish();
  file.digest.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (kept) {
    texts_bytes_ += text.size();
    texts_[file.entry.path] = std::move(text);
  } else if (manifest) {
    // In an archive that tar made it is a leftover of an older backup, and says nothing of this one.
    if (!content_.own_layout()) return;
    try {
      manifest_ = parse_manifest(text);
    } catch (const Error& error) {
      findings_.add("manifest-bad", file.entry.path, error.what());
    }
    return;
  }
  check_.file(file.entry.path, file.entry.size_bytes, hashes_.finish());
}

// The directory with Juju's files in it. A whole home folder may be in the archive, with copies of the directory in other places.
std::string ArchiveReading::find_directory() const {
  if (manifest_) {
    for (const auto& [name, fact] : manifest_->facts) {
      if (name == "entry" && all_.count(fact) != 0) return fact;
    }
  }
  struct Candidate {
    std::string path;
    std::size_t rank = 0;  // the lower the better
  };
  std::vector<Candidate> found;
  const auto propose = [&found](std::string_view path, std::size_t file) {
    const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + (path.empty() ? 0 : 1);
    const std::size_t rank = (is_at_usual_place(path) ? 0 : 10'000'000) + (file == 0 ? 0 : 1'000'000) + depth * 100 + file;
    found.push_back({std::string(path), rank});
  };
  for (const auto& [name, archived] : all_) {
    const auto* file = std::find(yaml_files.begin(), yaml_files.end(), last_part(name));
    if (file != yaml_files.end() && archived.entry.type != EntryType::directory) {
      propose(parent_of(name), static_cast<std::size_t>(file - yaml_files.begin()));
    } else if (archived.entry.type == EntryType::directory && is_at_usual_place(name)) {
      propose(name, yaml_files.size());
    }
  }
  if (found.empty()) throw Error(ErrorCode::unsupported, "no juju client directory is in the archive");
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.rank < b.rank; });
  const auto other =
      std::find_if(found.begin(), found.end(), [&](const Candidate& candidate) { return candidate.path != found.front().path; });
  if (other != found.end() && other->rank == found.front().rank) {
    throw Error(ErrorCode::unsupported,
                "two client directories are in the archive: " + quoted_name(found.front().path) + " and " + quoted_name(other->path));
  }
  return found.front().path;
}

ArchiveContent ArchiveReading::finish() {
  ArchiveContent content;
  ClientBackupRecord& record = content.record;
  record.own = content_.own_layout();
  if (manifest_) take_facts(*manifest_, record);
  record.entry = find_directory();
  if (record.own && !manifest_) findings_.add("manifest-missing", std::string(manifest_file), "the archive has no manifest");
  if (record.cookie_jar.empty() && is_at_usual_place(record.entry)) {
    record.cookie_jar = record.entry.substr(0, record.entry.size() - usual_entry.size()).append(usual_jar);
  }
  if (const auto jar = all_.find(record.cookie_jar); jar != all_.end() && jar->second.entry.type == EntryType::file) {
    content.cookie_jar = jar->second;
  } else {
    record.cookie_jar.clear();
  }
  for (auto& [name, archived] : all_) {
    const auto path = below(record.entry, name);
    if (!path || !why_left_out(*path).empty()) continue;
    if (archived.entry.type == EntryType::file || archived.entry.type == EntryType::hardlink) {
      ++record.files;
      record.content_bytes += archived.entry.size_bytes;
    }
    if (auto text = texts_.find(name); text != texts_.end()) content.texts.emplace(*path, std::move(text->second));
    content.entries.emplace(*path, std::move(archived));
  }
  if (content.cookie_jar) {
    ++record.files;
    record.content_bytes += content.cookie_jar->entry.size_bytes;
  }
  describe_controllers(content.texts, record);
  record.size_bytes = content_.file_bytes();
  if (manifest_) {
    check_.manifest(*std::move(manifest_));
    checked_ = check_.finish(findings_);
  }
  return content;
}

void ArchiveReading::report(VerifyReport& into) {
  content_.drain();
  into.depth = Depth::full;
  into.content_bytes = content_.content_bytes();
  into.members = content_.members();
  into.own_layout = content_.own_layout();
  into.size_bytes = content_.file_bytes();
  into.sha1_base64 = content_.sha1_base64();
  into.sha256_hex = content_.sha256_hex();
  into.entries = all_.size();
  into.manifest_checked = checked_;
}

ArchiveContent read_client_archive(Source& source, Job* job) {
  std::vector<Finding> found;
  Findings findings(found);
  try {
    job_begin(job, Phase::reading, source.size().value_or(0));
    ArchiveReading reading(source, findings, job);
    reading.run();
    ArchiveContent content = reading.finish();
    VerifyReport report;
    reading.report(report);
    content.record.sha1_base64 = report.sha1_base64;
    content.record.sha256_hex = report.sha256_hex;
    for (const Finding& finding : found) {
      if (finding.severity != Severity::error) continue;
      const std::string text = finding.where + ": " + finding.message;
      // What is not unpacked does no harm; a backup with two files of one name or with names that climb out is not to be believed.
      if (finding.code != "entry-unsupported") throw Error(ErrorCode::corrupt, text);
      content.record.warnings.push_back("not restored: " + text);
    }
    return content;
  } catch (Error& error) {
    error.add_context("reading " + source.name());
    throw;
  }
}

void walk_client_archive(Source& source, Job* job, const std::function<void(const Entry&, tar::TarReader&)>& visit) {
  gzip::GzipReader content(source, {job_threads(job), false, {}}, job);
  tar::TarReader reader(content, "", tar::TarReader::Absolute::cut);
  for_each_entry(
      reader, [&](const Entry& entry) { visit(entry, reader); }, [](const ArchiveFault&) {});
}

}  // namespace jujubackup::client
