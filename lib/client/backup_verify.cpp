#include <jujubackup/client_backup.hpp>
#include <jujubackup/error.hpp>

#include "archive/fault.hpp"
#include "archive/findings.hpp"
#include "archive/verify_archive.hpp"
#include "base/json.hpp"
#include "base/yaml.hpp"
#include "client/backup_archive.hpp"
#include "client/backup_layout.hpp"
#include "client/cookies.hpp"
#include "client/files.hpp"
#include "io/tree_writer.hpp"

namespace jujubackup {
namespace {

void parse(std::string_view path, const std::string& text) {
  if (path == "controllers.yaml") {
    client::parse_controllers(text);
  } else if (path == "accounts.yaml") {
    client::parse_accounts(text);
  } else if (path == "models.yaml") {
    client::parse_models(text);
  } else if (client::is_cookie_file(path)) {
    client::parse_cookies(text);
  } else {
    TextLimits limits;
    limits.max_bytes = client::max_file_bytes;
    const Value file = parse_yaml(text, limits);
    if (!file.is_null() && file.object() == nullptr) throw Error(ErrorCode::corrupt, "it is not a mapping");
  }
}

void check_files(const client::ArchiveContent& content, Findings& findings) {
  const auto shown = [&content](const std::string& path) { return client::entry_below(content.record.entry, path); };
  for (const auto& [path, text] : content.texts) {
    if (!client::is_yaml_file(path) && !client::is_cookie_file(path)) continue;
    try {
      parse(path, text);
    } catch (const Error& error) {
      findings.add("client-yaml-bad", shown(path), error.what());
    }
  }
  for (const auto& [path, archived] : content.entries) {
    const bool lacking = archived.entry.type == EntryType::file && content.texts.count(path) == 0;
    if (lacking && client::is_yaml_file(path)) findings.add("client-yaml-bad", shown(path), "it is larger than any file of juju's");
    if (archived.entry.type != EntryType::symlink) continue;
    const std::string& target = archived.entry.link_target;
    if (target.starts_with('/') || climbs_out(path, target)) findings.add("link-outside", shown(path), "a symbolic link to " + target);
  }
  if (content.entries.count("controllers.yaml") == 0) {
    findings.add("client-controllers-missing", content.record.entry, "there is no controllers.yaml");
  }
}

}  // namespace

ClientBackupRecord show_client_backup(Source& source, Job* job) { return client::read_client_archive(source, job).record; }

VerifyReport verify_client_backup(Source& source, const VerifyOptions& options, Job* job) {
  VerifyReport report;
  Findings findings(report.findings);
  job_begin(job, Phase::verifying, source.size().value_or(0));
  client::ArchiveReading reading(source, findings, job);
  try {
    reading.run();
    check_files(reading.finish(), findings);
  } catch (const ArchiveFault& fault) {
    findings.add(fault);
    const bool of_the_tar = std::string_view(fault.finding()).starts_with("tar-");
    try {
      if (of_the_tar) reading.run_on();
    } catch (const ArchiveFault& below) {
      findings.add(below);
    }
  }
  reading.report(report);
  compare_with_record(report, options, findings);
  return report;
}

}  // namespace jujubackup
