#include "controller/finish_restore.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "controller/login.hpp"
#include "controller/pause.hpp"
#include "controller/rpc.hpp"

namespace jujubackup {
namespace {

using Clock = std::chrono::steady_clock;
using Stage = ControllerRestoreStage;

bool has(const Error& error, std::string_view text) { return std::string_view(error.what()).find(text) != std::string_view::npos; }

// With and without the slip of the pen that 2.0 - 2.3 have in the last word.
bool says_not_finished(const RpcError& error) { return has(error, "Restore did not finish succes"); }
bool says_none_is_on(const RpcError& error) {
  return has(error, "invalid restore transition: NOT-RESTORING") || has(error, "invalid restore transition: CHECKED");
}

class Finishing {
 public:
  Finishing(const FinishOptions& options, Job* job) : options_(options), job_(job), began_(Clock::now()) {}

  JujuVersion run() {
    for (;;) {
      const std::optional<JujuVersion> version = try_once();
      if (version) return *version;
      const auto waited = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began_);
      if (Clock::now() - began_ >= options_.patience) {
        throw Error(ErrorCode::io,
                    "could not finish restore process: the controller did not come back within " + std::to_string(waited.count()) + " s (" +
                        last_ + "); when it answers again run " + command(),
                    true);
      }
      tell(Stage::waiting, last_, waited);
      pause_or_say();
    }
  }

 private:
  std::string command() const { return release_command(options_.connect.front()); }

  void tell(Stage stage, const std::string& text, std::chrono::seconds waited) const {
    if (options_.on_event) options_.on_event({stage, text, false, waited});
  }

  [[noreturn]] void throw_cancelled() const {
    throw Error(ErrorCode::cancelled, "cancelled while the controller starts again; when it answers run " + command() +
                                          ", since until then it refuses nearly everything");
  }

  void pause_or_say() const {
    try {
      pause(options_.every, job_);
    } catch (const Error&) {
      throw_cancelled();
    }
  }

  // Nothing: it is to be tried again, for the reason in last_.
  std::optional<JujuVersion> try_once() {
    for (std::size_t i = 0; i < options_.connect.size(); ++i) {
      try {
        return over(options_.connect[i]);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw_cancelled();
        if (answered_) throw;
        last_ = error.what();
        if (error.code() == ErrorCode::io || error.code() == ErrorCode::busy) return std::nullopt;
        if (i + 1 < options_.connect.size()) continue;
        throw Error(error.code(), "could not finish restore process: " + last_ +
                                      "; the controller answers again, but not as it did before: users, passwords and certificates are "
                                      "those of the backup now. Log in with them and run " +
                                      command());
      }
    }
    return std::nullopt;
  }

  std::optional<JujuVersion> over(ConnectOptions connect) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(options_.patience - (Clock::now() - began_));
    connect.connect_timeout =
        std::clamp(left, std::chrono::milliseconds(1'000), std::max(connect.connect_timeout, std::chrono::milliseconds(1'000)));
    Controller controller = Controller::connect(connect, job_);
    tell(Stage::finishing, "asking the controller whether it is restored", std::chrono::seconds(0));
    try {
      controller.finish_restore(job_);
      return controller.info().version;
    } catch (RpcError& error) {
      if (error.code() == ErrorCode::busy) {
        last_ = error.what();
        return std::nullopt;
      }
      // The answer to an earlier attempt was lost.
      if (asked_ && has(error, "invalid restore transition: CHECKED")) return controller.info().version;
      answered_ = true;
      error.add_context("cannot complete restore");
      if (says_not_finished(error)) {
        throw Error(ErrorCode::program,
                    std::string(error.what()) + "; it failed on the controller, whose log says why (juju debug-log -m controller)");
      }
      throw;
    } catch (const Error&) {
      asked_ = true;
      throw;
    }
  }

  const FinishOptions& options_;
  Job* job_;
  Clock::time_point began_;
  std::string last_;
  bool asked_ = false;     // and not answered
  bool answered_ = false;  // with a refusal
};

}  // namespace

ControllerRestoreEnd finish_restore_once(const ConnectOptions& connect, Job* job) {
  Controller controller = Controller::connect(connect, job);
  try {
    controller.finish_restore(job);
    return ControllerRestoreEnd::finished;
  } catch (const RpcError& error) {
    if (says_not_finished(error)) return ControllerRestoreEnd::released;
    if (says_none_is_on(error)) return ControllerRestoreEnd::nothing;
    throw;
  }
}

JujuVersion wait_and_finish_restore(const FinishOptions& options, Job* job) { return Finishing(options, job).run(); }

std::string release_command(const ConnectOptions& connect) {
  const std::string model = connect.name.empty() ? "" : " -m " + printable(connect.name) + ":controller";
  return "\"jujubackup restore-backup --release" + model + "\"";
}

}  // namespace jujubackup
