#include <jujubackup/controller_restore.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/verify.hpp>

#include "base/text.hpp"
#include "controller/finish_restore.hpp"
#include "controller/login.hpp"
#include "controller/offers.hpp"
#include "controller/pause.hpp"
#include "controller/rpc.hpp"
#include "controller/transfer.hpp"
#include "store/verify_on_the_way.hpp"

namespace jujubackup {
namespace {

using Clock = std::chrono::steady_clock;
using Stage = ControllerRestoreStage;

bool is_before(const JujuVersion& version, std::uint32_t major, std::uint32_t minor) {
  return version < JujuVersion{major, minor, "", 0, 0};
}

// Where Juju of that time sends people; the sentence before it is its own, with its two spaces.
Error several_controllers(std::size_t count, const JujuVersion& version) {
  const char* page = "https://jaas.ai/docs/controller-backups";
  if (is_before(version, 2, 7)) page = "https://docs.jujucharms.com/stable/controllers-backup";
  if (is_before(version, 2, 5)) page = "https://docs.jujucharms.com/devel/en/controllers-backup";
  return {ErrorCode::unsupported, std::string("unable to restore backup in HA configuration.  For help see ") + page + "; " +
                                      std::to_string(count) +
                                      " controllers are active: leave one of them (juju remove-machine -m controller ID), restore, "
                                      "and then run \"juju enable-ha -n 3\""};
}

class Restoring {
 public:
  Restoring(ConnectOptions connect, const ControllerRestoreOptions& options, Job* job)
      : connect_(std::move(connect)), options_(options), job_(job) {
    if (options.backup_id.empty() == (options.archive == nullptr)) {
      throw Error(ErrorCode::invalid_argument, options.archive == nullptr ? "you must specify either a file or a backup id"
                                                                          : "you must specify either a file or a backup id but not both");
    }
  }

  ControllerRestoreResult run() {
    try {
      check();
      prepare();
    } catch (const RpcError& error) {
      tell_how_to_release(error);
      throw;
    }
    try {
      send();
      restore();
    } catch (const Error& error) {
      if (!restores_on_) clean_up(error);
      throw;
    } catch (...) {
      clean_up(Error(ErrorCode::cancelled, "the restore was broken off"));
      throw;
    }
    finish();
    return std::move(result_);
  }

 private:
  void tell(Stage stage, const std::string& text, bool warning = false) const {
    if (options_.on_event) options_.on_event({stage, text, warning, std::chrono::seconds(0)});
  }

  // Nothing is touched yet.
  void check() {
    tell(Stage::checking, "asking " + name_for_messages(connect_));
    {
      Controller controller = Controller::connect(connect_, job_);
      const ControllerInfo& info = controller.info();
      if (!controller.offers().restore) throw lacks(Wanted::restore, info);
      if (!info.access.empty() && info.access != "superuser") {
        throw Error(ErrorCode::permission, "only a superuser of the controller can restore it, and user " + quoted_name(info.user) +
                                               " has the access " + quoted_name(info.access));
      }
      result_.version = info.version;
      // From now on nobody is asked for it: while a restore is going on, models are not listed.
      connect_.model_uuid = info.model_uuid;
      check_controllers(controller);
      if (options_.archive == nullptr) {
        metadata_ = controller.show(options_.backup_id, job_);
      } else {
        kept_ = controller.list(job_);
      }
    }
    if (options_.archive != nullptr) check_archive();
    if (metadata_.model_uuid != connect_.model_uuid) {
      tell(Stage::checking,
           "the backup is not of this controller: its controller model is " + quoted_name(metadata_.model_uuid) + ", here it is " +
               connect_.model_uuid,
           true);
    }
  }

  void check_controllers(Controller& controller) const {
    const std::size_t active = controller.active_controllers(job_);
    if (active <= 1) return;
    if (!is_before(result_.version, 2, 4)) throw several_controllers(active, result_.version);
    tell(Stage::checking,
         std::to_string(active) + " controllers are active, and one of them will be restored: Juju " + result_.version.to_string() +
             " restores only when all are lost; stop the others for good, and afterwards run \"juju enable-ha -n 3\"",
         true);
  }

  void check_archive() {
    Source& archive = *options_.archive;
    tell(Stage::checking, "verifying " + printable(archive.name()));
    archive.rewind();
    const VerifyReport report = verify_file(archive, nullptr, {}, job_);
    if (report.encrypted) {
      throw Error(ErrorCode::unsupported,
                  printable(archive.name()) + " is encrypted, and a controller reads plain backups alone: decrypt it");
    }
    if (report.verdict() == Verdict::bad) {
      throw Error(ErrorCode::corrupt, printable(archive.name()) + " does not verify: " + first_error(report));
    }
    if (!options_.metadata && !report.metadata) {
      throw Error(ErrorCode::unsupported, printable(archive.name()) + ": controllers refuse backups without metadata, and it has none");
    }
    metadata_ = options_.metadata ? *options_.metadata : *report.metadata;
    metadata_.size_bytes = static_cast<std::int64_t>(report.size_bytes);
    metadata_.checksum = report.sha1_base64;
    metadata_.checksum_format = checksum_format_sha1;
    if (metadata_.finished.is_zero()) metadata_.finished = metadata_.started;
    check_upload(metadata_, archive);
    archive.rewind();
  }

  // Over a new connection each time, as long as the controller is being upgraded.
  template <typename Call>
  void repeat_while_upgrading(Stage stage, const char* connecting, const char* calling, Call call) {
    const Clock::time_point deadline = Clock::now() + options_.busy_for;
    for (;;) {
      bool connected = false;
      try {
        Controller controller = Controller::connect(connect_, job_);
        connected = true;
        return call(controller);
      } catch (Error& error) {
        const bool upgrading = std::string_view(error.what()).find("upgrade in progress") != std::string_view::npos;
        if (!upgrading || Clock::now() >= deadline) {
          if (error.code() != ErrorCode::cancelled) error.add_context(connected ? calling : connecting);
          throw;
        }
        tell(stage, "the controller is being upgraded; trying again in " + std::to_string(options_.busy_every.count() / 1000) + " s");
      }
      pause(options_.busy_every, job_);
    }
  }

  template <typename Call>
  static void refused_is_not_asked(bool& asked, Call call) {
    try {
      call();
    } catch (const RpcError&) {
      asked = false;
      throw;
    }
  }

  void prepare() {
    if (options_.archive != nullptr) find_equal();
    tell(Stage::preparing, "telling the controller to prepare");
    bool asked = false;
    try {
      repeat_while_upgrading(Stage::preparing, "could not start prepare restore mode",
                             "could not start prepare restore mode, server returned", [&](Controller& controller) {
                               asked = true;
                               refused_is_not_asked(asked, [&] { controller.prepare_restore(job_); });
                             });
    } catch (const RpcError&) {
      throw;
    } catch (const Error& error) {
      // What was sent may have arrived.
      if (asked) clean_up(error);
      throw;
    }
  }

  // Where another restore is in the way.
  void tell_how_to_release(const RpcError& error) const {
    if (std::string_view(error.what()).find("juju restore is in progress") == std::string_view::npos) return;
    throw Error(ErrorCode::busy, std::string(error.what()) +
                                     "; wait for that restore to end, or, if the client that began it is gone, run " +
                                     release_command(connect_));
  }

  // The controller lists nothing once it prepares, so what it had before that counts.
  void find_equal() {
    for (const Metadata& kept : kept_) {
      if (kept.id.empty() || kept.checksum != metadata_.checksum || kept.checksum_format != checksum_format_sha1) continue;
      if (kept.size_bytes != 0 && kept.size_bytes != metadata_.size_bytes) continue;
      result_.backup_id = kept.id;
      result_.reused = true;
      return;
    }
  }

  void send() {
    if (options_.archive == nullptr) {
      result_.backup_id = options_.backup_id;
      return;
    }
    if (result_.reused) return tell(Stage::uploading, "the controller has an equal archive: " + printable(result_.backup_id));
    tell(Stage::uploading, "uploading " + printable(options_.archive->name()));
    try {
      Controller controller = Controller::connect(connect_, job_);
      result_.backup_id = controller.upload(*options_.archive, metadata_, job_);
      result_.uploaded = true;
    } catch (Error& error) {
      if (error.code() != ErrorCode::cancelled) error.add_context("cannot upload backup file");
      throw;
    }
  }

  void restore() {
    tell(Stage::restoring, "restoring " + printable(result_.backup_id));
    bool asked = false;
    try {
      repeat_while_upgrading(Stage::restoring, "could not start restore process", "cannot perform restore", [&](Controller& controller) {
        asked = true;
        refused_is_not_asked(asked, [&] { controller.restore(result_.backup_id, job_); });
      });
    } catch (const RpcError&) {
      throw;
    } catch (const Error& error) {
      if (!asked) throw;
      if (error.code() == ErrorCode::io) {
        result_.connection_lost = true;
        return;
      }
      if (error.code() != ErrorCode::cancelled) throw;
      restores_on_ = true;
      throw Error(ErrorCode::cancelled,
                  "cancelled, but the controller goes on with the restore that it was told to do; when it has started again run " +
                      release_command(connect_) + ", which makes it usable");
    }
  }

  // Throws `cause` with what became of the controller, where that is no good.
  void clean_up(const Error& cause) const {
    tell(Stage::cleaning_up, "telling the controller that the restore is over");
    std::string trouble;
    constexpr int attempts = 3;
    for (int attempt = 1; attempt <= attempts; ++attempt) {
      try {
        // Not with the job: that it was cancelled may be the cause.
        finish_restore_once(connect_, nullptr);
        return;
      } catch (const Error& error) {
        trouble = error.what();
        if (!error.retry_may_help()) break;
      }
      if (attempt < attempts) pause(options_.dial_every, nullptr);
    }
    throw Error(cause.code(), std::string(cause.what()) + "; and the controller still waits for the restore (" + trouble +
                                  "): it refuses nearly everything until you run " + release_command(connect_));
  }

  void finish() {
    FinishOptions finish;
    finish.connect = alternatives();
    finish.every = options_.dial_every;
    finish.patience = options_.dial_for;
    finish.on_event = options_.on_event;
    result_.version_after = wait_and_finish_restore(finish, job_);
  }

  // After the restore the controller is what the backup says: another model and CA, if it was made of another one.
  std::vector<ConnectOptions> alternatives() const {
    std::vector<ConnectOptions> all{connect_};
    ConnectOptions other = connect_;
    other.controller_uuid.clear();
    if (!metadata_.model_uuid.empty()) other.model_uuid = metadata_.model_uuid;
    if (metadata_.ca_cert && !metadata_.ca_cert->empty() && !other.ca_cert.empty()) other.ca_cert = *metadata_.ca_cert;
    if (other.model_uuid != connect_.model_uuid || other.ca_cert != connect_.ca_cert) all.push_back(std::move(other));
    return all;
  }

  ConnectOptions connect_;  // SECRET
  const ControllerRestoreOptions& options_;
  Job* job_;
  Metadata metadata_;
  std::vector<Metadata> kept_;
  ControllerRestoreResult result_;
  bool restores_on_ = false;
};

}  // namespace

std::string_view name_of(ControllerRestoreStage stage) noexcept {
  switch (stage) {
    case Stage::checking: return "checking";
    case Stage::preparing: return "preparing";
    case Stage::uploading: return "uploading";
    case Stage::restoring: return "restoring";
    case Stage::waiting: return "waiting";
    case Stage::finishing: return "finishing";
    case Stage::cleaning_up: return "cleaning-up";
  }
  return "unknown";
}

ControllerRestoreResult restore_controller(const ConnectOptions& connect, const ControllerRestoreOptions& options, Job* job) {
  return Restoring(connect, options, job).run();
}

ControllerRestoreEnd finish_controller_restore(const ConnectOptions& connect, Job* job) { return finish_restore_once(connect, job); }

}  // namespace jujubackup
