#include "server/backups.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include <jujubackup/backup_id.hpp>
#include <jujubackup/error.hpp>

#include "archive/write_verified.hpp"
#include "base/text.hpp"
#include "controller/rpc.hpp"
#include "io/walk.hpp"
#include "machine/host_facts.hpp"
#include "machine/space_check.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t copy_bytes = std::size_t{1} << 18;
constexpr std::size_t max_shown_id = 300;

std::string shown(const std::string& id) { return go_quote(std::string_view(id).substr(0, max_shown_id)); }

RpcError metadata_not_found(const std::string& id) { return {"backup metadata " + shown(id) + " not found", "not found"}; }

// What the library says, as a controller would: "<doing>: <why>" without a code. What was said for a client already is passed on.
template <typename F>
auto doing(std::string_view what, F work) {
  try {
    return work();
  } catch (const RpcError&) {
    throw;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    if (error.code() == ErrorCode::no_space && error.context().empty()) throw RpcError(error.message(), "");
    throw RpcError(what.empty() ? error.what() : std::string(what) + ": " + error.what(), "");
  }
}

class FileSink final : public Sink {
 public:
  explicit FileSink(TempFile& file) : file_(file) {}
  void write(std::span<const std::byte> bytes) override { file_.write(bytes); }

 private:
  TempFile& file_;
};

Timestamp whole_second(const Timestamp& time) { return time.is_zero() ? time : Timestamp::from_unix(time.unix_seconds()); }

// As times come back from a controller's database.
Metadata as_kept(Metadata metadata) {
  metadata.stored = whole_second(metadata.stored);
  metadata.started = whole_second(metadata.started);
  metadata.finished = whole_second(metadata.finished);
  return metadata;
}

std::string first_error(const VerifyReport& report) {
  const auto is_error = [](const Finding& finding) { return finding.severity == Severity::error; };
  const auto found = std::find_if(report.findings.begin(), report.findings.end(), is_error);
  return found == report.findings.end() ? "" : found->code + ": " + found->message;
}

}  // namespace

Backups::Backups(const Generation& generation, const Places& places, std::optional<CreateOptions> source)
    : generation_(generation),
      store_url_(places.store_url),
      model_uuid_(places.model_uuid),
      source_(std::move(source)),
      waiting_(places.backup_dir, generation.era) {}

Timestamp Backups::next_start(BackupStore* store, Job* job) {
  for (;;) {
    const Timestamp now = Timestamp::now();
    bool taken = now.unix_seconds() <= last_second_;
    if (!taken && store != nullptr) {
      try {
        store->show(make_backup_id(now, model_uuid_), job);
        taken = true;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) throw;
      }
    }
    if (!taken) {
      last_second_ = now.unix_seconds();
      return now;
    }
    job_check(job);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

WireMetadata Backups::create_kept(const CreateOptions& options, const CreateRequest& request, BackupStore& store, Job* job) {
  const BackupRecord record = doing("while storing backup archive", [&] {
    const CreatePlan plan = doing("while preparing the metadata", [&] { return plan_create(options, job); });
    constexpr std::string_view scheme = "file:";
    const std::string url = store.url();
    if (options.check_space && url.starts_with(scheme)) {
      const std::string directory = url.substr(scheme.size());
      machine::check_space(directory, plan.content_bytes(), space_at(directory));
    }
    return store.create(plan.input(), options.write, job);
  });
  WireMetadata wire{record.metadata, ""};
  wire.metadata.stored = whole_second(wire.metadata.stored);
  if (generation_.era == Era::database) return wire;
  // A path that leads nowhere is what 2.4 - 2.9.21 answer to no-download.
  wire.file_name = waiting_.new_path(*options.started);
  if (request.no_download) return wire;
  wire.file_name = doing("while creating backup archive", [&] {
    const auto kept = store.open_archive(record.id);
    return waiting_.save(*options.started, [&](TempFile& file) {
      std::vector<std::byte> buffer(copy_bytes);
      while (const std::size_t got = kept->read(buffer)) {
        file.write(std::span(buffer).first(got));
        job_check(job);
      }
      return record.sha1_base64;
    });
  });
  return wire;
}

WireMetadata Backups::create_file(const CreateOptions& options, bool no_download, Job* job) {
  if (look_at(waiting_.directory()).kind != FileKind::directory) {
    throw RpcError("backup destination directory " + go_quote(waiting_.directory()) + " does not exist", "");
  }
  const CreatePlan plan = doing("while preparing the metadata", [&] { return plan_create(options, job); });
  WireMetadata wire{plan.input().metadata, ""};
  wire.file_name = doing("while creating backup archive", [&] {
    if (options.check_space) machine::check_space(waiting_.directory(), plan.content_bytes(), space_at(waiting_.directory()));
    return waiting_.save(*options.started, [&](TempFile& file) {
      FileSink sink(file);
      VerifyReport report;
      const WriteResult result = write_verified(plan.input(), sink, options.write, report, job);
      if (report.verdict() == Verdict::bad) {
        throw Error(ErrorCode::corrupt, "the new archive does not verify: " + first_error(report));
      }
      wire.metadata.size_bytes = static_cast<std::int64_t>(result.size_bytes);
      wire.metadata.checksum = result.sha1_base64;
      wire.metadata.checksum_format = checksum_format_sha1;
      wire.metadata.finished = result.finished;
      return result.sha1_base64;
    });
  });
  if (no_download && generation_.era == Era::on_request) waiting_.remove(wire.file_name);
  wire.metadata.ca_private_key.reset();
  return wire;
}

WireMetadata Backups::create(const CreateRequest& request, Job* job) {
  if (generation_.era == Era::none) throw RpcError("Dqlite-based backups not implemented", "not implemented");
  if (!source_) throw RpcError("this embedded controller has nothing to back up", "");
  const std::lock_guard lock(creating_);
  job_check(job);
  CreateOptions options = *source_;
  options.notes = request.notes;
  options.version = generation_.version;
  options.model_uuid = model_uuid_;
  // A controller has a name always; the upload of a backup without one is refused.
  if (options.hostname.empty() && machine::hostname_at(options.place.root).empty()) options.hostname = machine::hostname_at("/");
  const bool keep = generation_.era == Era::database || (generation_.era == Era::on_request && request.keep_copy);
  if (!keep) {
    options.started = next_start(nullptr, job);
    return create_file(options, request.no_download, job);
  }
  BackupStore store = doing("while storing backup archive", [&] { return BackupStore::open(store_url_); });
  options.started = doing("while storing backup archive", [&] { return next_start(&store, job); });
  return create_kept(options, request, store, job);
}

std::vector<Metadata> Backups::list(Job* job) const {
  return doing("", [&] {
    std::vector<Metadata> found;
    for (BackupRecord& record : BackupStore::open(store_url_).list(job).backups) found.push_back(as_kept(std::move(record.metadata)));
    return found;
  });
}

Metadata Backups::info(const std::string& id, Job* job) const {
  if (!is_backup_id(id)) throw metadata_not_found(id);
  return doing("", [&] {
    try {
      return as_kept(BackupStore::open(store_url_).show(id, job).metadata);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) throw metadata_not_found(id);
      throw;
    }
  });
}

void Backups::remove(const std::string& id) const {
  // Without a code, unlike Info.
  const auto not_found = [] { return RpcError("not found", ""); };
  if (!is_backup_id(id)) throw not_found();
  doing("", [&] {
    try {
      BackupStore::open(store_url_).remove(id);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) throw not_found();
      throw;
    }
  });
}

Backups::Download Backups::open(const std::string& id) const {
  const bool path =
      generation_.era == Era::files || (generation_.era == Era::on_request && id.find("juju-backup.tar.gz") != std::string::npos);
  if (path) {
    // The releases before 2.9.38 open, and delete, whatever they are asked for.
    if (!waiting_.is_path(id)) throw RpcError("backup file " + shown(id) + " not valid", generation_.at_least(2, 9, 37) ? "not valid" : "");
    return doing("while opening archive file for download", [&] { return Download{waiting_.open(id), waiting_.sha1_base64(id), id}; });
  }
  Kept kept = open_kept(id, nullptr);
  return {std::move(kept.source), kept.record.sha1_base64, ""};
}

Backups::Kept Backups::open_kept(const std::string& id, Job* job) const {
  if (!is_backup_id(id)) throw metadata_not_found(id);
  return doing("", [&] {
    BackupStore store = BackupStore::open(store_url_);
    BackupRecord record;
    try {
      record = store.show(id, job);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) throw metadata_not_found(id);
      throw;
    }
    try {
      return Kept{store.open_archive(id), record};
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) throw RpcError("no file stored for " + shown(id) + " not found", "not found");
      throw;
    }
  });
}

void Backups::deliver(const Download& download, const std::function<void()>& send_end) {
  if (download.one_shot_path.empty()) return send_end();
  waiting_.take_away(download.one_shot_path);
  try {
    send_end();
  } catch (...) {
    waiting_.give_back(download.one_shot_path);
    throw;
  }
  waiting_.remove(download.one_shot_path);
}

std::string Backups::add(std::unique_ptr<Source> archive, const Metadata& sent, Job* job) const {
  const auto need = [](bool there, const char* what) {
    if (!there) throw RpcError(std::string("while storing backup archive: missing ") + what, "");
  };
  need(!sent.started.is_zero(), "Started");
  need(!sent.model_uuid.empty(), "Model");
  need(!sent.machine.empty(), "Machine");
  need(!sent.hostname.empty(), "Hostname");
  need(sent.version.major != 0, "Version");
  return doing("while storing backup archive", [&] {
    BackupStore store = BackupStore::open(store_url_);
    const auto taken = [](const std::string& id) {
      return RpcError("while storing backup archive: backup metadata " + shown(id) + " already exists", "already exists");
    };
    // Before gigabytes are taken in for nothing; the store decides.
    const std::string id = make_backup_id(sent.started, sent.model_uuid);
    bool there = true;
    try {
      if (is_backup_id(id))
        store.show(id, job);
      else
        there = false;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
      there = false;
    }
    if (there) throw taken(id);
    AddOptions options;
    if (sent.checksum_format == checksum_format_sha1) options.expected_sha1_base64 = sent.checksum;
    try {
      return store.add(*archive, options, job).id;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::exists) throw RpcError(std::string("while storing backup archive: ") + error.what(), "already exists");
      throw;
    }
  });
}

}  // namespace jujubackup
