#include <algorithm>

#include "base/text.hpp"
#include "restore/checks.hpp"
#include "restore/owned_paths.hpp"

namespace jujubackup::restore {
namespace {

void check_verified(Checks& checks, const BackupFacts& backup) {
  const VerifyReport& report = backup.verification;
  std::vector<std::string> codes;
  for (const Finding& finding : report.findings) {
    // What is merely not there has checks of its own.
    const bool has_own_check = finding.code.starts_with("root-tar-missing") || finding.code.starts_with("dump-");
    if (finding.severity == Severity::error && !has_own_check && std::find(codes.begin(), codes.end(), finding.code) == codes.end()) {
      codes.push_back(finding.code);
    }
  }
  if (!codes.empty()) {
    return checks.blocker("archive-verified", "the archive is bad: " + listed(codes) + "; take another copy of it or another backup");
  }
  const std::string seen = "every byte was read: " + readable_bytes(report.size_bytes) + ", " +
                           counted(report.documents, "database document", "database documents");
  if (report.verdict() == Verdict::ok || report.own_layout) return checks.ok("archive-verified", seen);
  checks.ok("archive-verified", seen + "; it was not written by this library and has no digests of its own");
}

void check_safe(Checks& checks, const BackupFacts& backup) {
  if (backup.dangers.empty()) return checks.ok("archive-safe", "no links out, devices, set-user-id files or names that escape");
  checks.blocker("archive-safe", "the archive holds what no backup of Juju does: " + listed(backup.dangers) +
                                     "; find out who changed it, and do not restore it");
}

void check_metadata(Checks& checks, const BackupFacts& backup) {
  if (!backup.metadata) {
    return checks.warning("metadata", "the archive has no record (Juju 1.20 and older wrote none); what is known comes from its files");
  }
  checks.ok("metadata", "record of format " + std::to_string(backup.metadata->format_version) + ", Juju " + backup.version.to_string() +
                            ", machine " + printable(backup.machine_id));
}

void check_root_tar(Checks& checks, const Planning& planning) {
  const BackupFacts& backup = planning.backup;
  const bool whole = backup.has_root_tar && backup.has_agent_conf;
  if (!planning.puts_files()) {
    if (whole) return checks.ok("root-tar", "the controller's files are there; this kind of restore does not use them");
    return checks.warning("root-tar",
                          "the controller's files are not all there: a lost machine could not be rebuilt from this archive; "
                          "this kind of restore does not use them");
  }
  if (!backup.has_root_tar) {
    return checks.blocker("root-tar", "the archive has no root.tar, so there are no files to restore; use --kind=database-only");
  }
  if (!backup.has_agent_conf) {
    return checks.blocker("root-tar", "root.tar holds no agent.conf of machine " + printable(backup.machine_id) +
                                          " that can be read, so that its agent could not start; use --kind=database-only");
  }
  std::vector<std::string> lacking;
  for (const char* name : {"system-identity", "server.pem", "shared-secret"}) {
    const auto ends = [&](const Entry& entry) { return entry.path.ends_with(std::string("/") + name); };
    if (std::none_of(backup.root_entries.begin(), backup.root_entries.end(), ends)) lacking.emplace_back(name);
  }
  if (!lacking.empty()) {
    return checks.blocker_unless_overridden("root-tar", "root.tar lacks " + listed(lacking) + "; those of this machine would stay");
  }
  checks.ok("root-tar", counted(backup.root_entries.size(), "entry", "entries") + ", " + readable_bytes(backup.root_bytes) +
                            ", with agent.conf of machine " + printable(backup.machine_id));
}

void check_outside(Checks& checks, const Planning& planning) {
  if (!planning.puts_files()) return;
  const BackupFacts& backup = planning.backup;
  if (backup.data_dir != planning.target.data_dir) {
    return checks.blocker("root-files", "the backup's data directory is /" + printable(backup.data_dir) + " and that of this machine /" +
                                            planning.target.data_dir + "; give the same with --data-dir");
  }
  if (backup.outside.empty()) return checks.ok("root-files", "root.tar holds nothing but Juju's own files");
  checks.warning("root-files", "these are not Juju's own and are not put in place: " + listed(backup.outside));
}

void check_dump(Checks& checks, const Planning& planning) {
  const BackupFacts& backup = planning.backup;
  std::vector<std::string> lacking;
  for (const char* name : {"models", "machines", "settings", "controllers", "users"}) {
    const auto is = [&](const DumpCollection& each) { return each.database == "juju" && each.collection == name; };
    if (std::none_of(backup.collections.begin(), backup.collections.end(), is)) lacking.push_back(std::string("juju.") + name);
  }
  const std::string what = counted(backup.collections.size(), "collection", "collections") + ", " + readable_bytes(backup.dump_bytes) +
                           ", " + counted(backup.dump.models.size(), "model", "models") + ", " +
                           counted(backup.dump.clouds.size(), "cloud", "clouds");
  if (!planning.puts_database()) {
    return checks.ok("dump-complete", (backup.has_dump ? what : "no dump") + "; this kind of restore does not use it");
  }
  if (!backup.has_dump || backup.collections.empty()) {
    return checks.blocker("dump-complete", "the archive has no database dump; use --kind=files-only, or another backup");
  }
  if (!lacking.empty()) {
    return checks.blocker_unless_overridden(
        "dump-complete", "the dump lacks " + listed(lacking) + ", without which no controller works; take another backup");
  }
  checks.ok("dump-complete", what);
}

void check_oplog(Checks& checks, const Planning& planning) {
  if (!planning.puts_database()) return;
  if (planning.kind == RestoreKind::copy_controller) {
    return checks.ok("oplog", "not replayed: mongorestore cannot do so while it renames a database");
  }
  if (planning.backup.has_oplog) return checks.ok("oplog", "it is replayed, so that the database is that of one moment");
  checks.warning("oplog", "there is no oplog.bson: what changed while the dump ran may be in one collection and not in another");
}

}  // namespace

void check_archive(Checks& checks, const Planning& planning) {
  check_verified(checks, planning.backup);
  check_safe(checks, planning.backup);
  check_metadata(checks, planning.backup);
  check_root_tar(checks, planning);
  check_outside(checks, planning);
  check_dump(checks, planning);
  check_oplog(checks, planning);
}

}  // namespace jujubackup::restore
