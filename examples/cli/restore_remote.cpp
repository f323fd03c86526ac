// restore-backup over a controller's own API, and onto a controller that the user's juju bootstraps first.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/client.hpp>
#include <jujubackup/controller_restore.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/rebootstrap.hpp>

#include "document.hpp"
#include "encryption_options.hpp"
#include "remote.hpp"
#include "restore_backup.hpp"

namespace cli {
namespace {

jujubackup::ConnectOptions connect_options_of(const Place& place, Context& context) {
  if (place.model) return jujubackup::connect_options(*place.model);
  constexpr std::string_view known = "juju:";
  if (!place.url.starts_with(known)) {
    throw jujubackup::Error(jujubackup::ErrorCode::unsupported,
                            "a restore needs a controller that the Juju client knows: name it with -m or -c");
  }
  const jujubackup::ClientDirectory directory = jujubackup::ClientDirectory::read(jujubackup::default_client_dir(), &context.job);
  return jujubackup::connect_options(directory.resolve_controller(place.url.substr(known.size())));
}

// What a person does where the API does not restore.
void tell_of_machine(const RestoreSource& source, Console& console) {
  const std::string file = source.file.empty() ? "FILE" : shell_word(source.file.substr(source.file.rfind('/') + 1));
  console.info("this controller's release restores nothing over its API; on the controller machine itself (the primary, with HA):");
  console.info("  juju scp -m controller " + (source.file.empty() ? "FILE" : shell_word(source.file)) + " 0:");
  console.info("  juju ssh -m controller 0");
  console.info("  sudo jujubackup restore-backup --file " + file);
}

std::function<void(const jujubackup::ControllerRestoreEvent&)> shown_on(Console& console) {
  return [&console](const jujubackup::ControllerRestoreEvent& event) {
    const std::string text = printable(event.text);
    if (event.warning) {
      console.warning(text);
    } else if (event.stage != jujubackup::ControllerRestoreStage::waiting || event.waited.count() == 0) {
      console.info(text);
    } else {
      console.info(text + " (" + std::to_string(event.waited.count()) + " s)");
    }
  };
}

void run_over_api(const jujubackup::ConnectOptions& connect, const RestoreSource& source, Context& context) {
  jujubackup::ControllerRestoreOptions options;
  std::unique_ptr<jujubackup::Source> archive;
  options.backup_id = source.id;
  if (!source.file.empty()) {
    archive = opened(jujubackup::open_file(source.file), context.arguments);
    options.archive = archive.get();
  }
  options.on_event = shown_on(context.console);
  const jujubackup::ControllerRestoreResult result = jujubackup::restore_controller(connect, options, &context.job);
  if (result.reused) context.console.info("an equal backup was on the controller: " + printable(result.backup_id));
}

int look_only(const RestoreSource& source, jujubackup::Controller& controller, Context& context) {
  Console& console = context.console;
  const jujubackup::ControllerInfo& info = controller.info();
  jujubackup::Metadata metadata;
  if (source.id.empty()) {
    jujubackup::Archive archive = jujubackup::Archive::open(opened(jujubackup::open_file(source.file), context.arguments));
    const jujubackup::VerifyReport report = archive.verify({}, &context.job);
    if (report.verdict() == jujubackup::Verdict::bad) {
      throw jujubackup::Error(jujubackup::ErrorCode::corrupt, printable(source.file) + " is damaged: see jujubackup verify-backup");
    }
    metadata = archive.metadata(&context.job).value_or(jujubackup::Metadata());
  } else {
    metadata = controller.show(source.id, &context.job);
  }
  console.print("controller at " + printable(info.endpoint) + ", Juju " + info.version.to_string() + ", would restore by itself:\n" +
                printable_lines(text_2_0(metadata)));
  return exit_ok;
}

std::string juju_program(const Arguments& arguments) {
  const char* variable = std::getenv("JUJUBACKUP_JUJU");
  return arguments.get("juju", variable == nullptr || *variable == '\0' ? "juju" : variable);
}

std::string own_program() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) throw jujubackup::Error::from_errno(errno, "looking for this program");
  return {path.data(), static_cast<std::size_t>(length)};
}

// Where backups are kept does not matter here, so $JUJUBACKUP_STORE does not count.
std::string controller_to_make(Context& context) {
  const Arguments& arguments = context.arguments;
  jujubackup::ModelChoice choice;
  choice.model = arguments.get("model");
  choice.controller = arguments.get("controller");
  const jujubackup::ClientDirectory directory = jujubackup::ClientDirectory::read(jujubackup::default_client_dir(), &context.job);
  if (!directory.points_somewhere(choice)) throw UsageError("missing controller: -m or -c names the one to bootstrap again");
  try {
    return (choice.model.empty() ? directory.resolve_controller(choice.controller) : directory.resolve(choice)).controller.name;
  } catch (const jujubackup::Error& error) {
    if (error.code() != jujubackup::ErrorCode::not_found && error.code() != jujubackup::ErrorCode::invalid_argument) throw;
    throw UsageError(error.what());
  }
}

jujubackup::RebootstrapEvents bootstrap_events(Console& console) {
  return [&console](const jujubackup::RebootstrapEvent& event) {
    const std::string text = printable(event.text);
    switch (event.kind) {
      case jujubackup::RebootstrapEvent::Kind::stage: console.info(text); break;
      case jujubackup::RebootstrapEvent::Kind::output: console.info("  " + text); break;
      case jujubackup::RebootstrapEvent::Kind::warning: console.warning(text); break;
    }
  };
}

jujubackup::RemoteRestoreOptions ssh_restore(const RestoreSource& source, const jujubackup::RebootstrapPlan& plan,
                                             const Arguments& arguments) {
  jujubackup::RemoteRestoreOptions options;
  options.ssh.program = arguments.get("ssh", options.ssh.program);
  options.ssh.identity_path = arguments.get("ssh-identity");
  options.ssh.strict_host_keys = arguments.has("strict-host-keys");
  options.scp = arguments.get("scp", options.scp);
  options.program = own_program();
  options.archive = source.file;
  // A controller that was just bootstrapped has its own files and UUIDs: all of it is replaced.
  options.arguments = {"--kind", arguments.get("kind", plan.ha_nodes > 1 ? "single-then-enable-ha" : "full-machine")};
  if (arguments.has("allow-downgrade")) options.arguments.emplace_back("--allow-downgrade");
  for (const std::string& name : arguments.all("override")) options.arguments.push_back("--override=" + name);
  return options;
}

void restore_onto(const jujubackup::RebootstrapPlan& plan, const jujubackup::Rebootstrapped& made, const RestoreSource& source,
                  Context& context) {
  if (!plan.restores_over_api) {
    jujubackup::restore_over_ssh(plan, made, ssh_restore(source, plan, context.arguments), bootstrap_events(context.console), &context.job);
    return;
  }
  jujubackup::ConnectOptions connect =
      jujubackup::connect_options(jujubackup::ClientDirectory::read(made.client_dir, &context.job).resolve_controller(plan.controller));
  // It is that of the backup afterwards.
  connect.controller_uuid.clear();
  run_over_api(connect, source, context);
}

void tell_half_done(const jujubackup::RebootstrapPlan& plan, const jujubackup::Rebootstrapped& made, const RestoreSource& source,
                    Context& context) {
  Console& console = context.console;
  console.warning("the new controller is there and the backup is not on it yet; the client's directory is as it was, and JUJU_DATA=" +
                  printable(made.client_dir) + " knows the new one");
  console.info("to go on:");
  if (plan.restores_over_api) {
    console.info("  JUJU_DATA=" + shell_word(made.client_dir) + " jujubackup restore-backup -c " + shell_word(plan.controller) +
                 " --file " + shell_word(source.file));
  } else {
    for (const std::string& line : remote_restore_commands(plan, made, ssh_restore(source, plan, context.arguments)))
      console.info("  " + printable(line));
  }
  console.info("or to give it up:");
  console.info("  JUJU_DATA=" + shell_word(made.client_dir) + " " + shell_word(plan.juju) + " kill-controller " +
               shell_word(plan.controller));
}

}  // namespace

int restore_over_api(const RestoreSource& source, const Place& place, Context& context) {
  const Arguments& arguments = context.arguments;
  const jujubackup::ConnectOptions to = connect_options_of(place, context);
  {
    jujubackup::Controller controller = jujubackup::Controller::connect(to, &context.job);
    if (!controller.offers().restore) {
      tell_of_machine(source, context.console);
      throw jujubackup::Error(jujubackup::ErrorCode::unsupported,
                              "Juju " + controller.info().version.to_string() + " does not restore backups over its API");
    }
    if (arguments.has("dry-run")) return look_only(source, controller, context);
    context.console.info("restoring the controller at " + printable(controller.info().endpoint) + ", Juju " +
                         controller.info().version.to_string() + ", from " + quoted(source.name()));
  }
  confirm_restore(context, NoTerminal::go_on);
  run_over_api(to, source, context);
  tell_completed(source, context);
  return exit_ok;
}

int release_over_api(const Place& place, Context& context) {
  switch (jujubackup::finish_controller_restore(connect_options_of(place, context), &context.job)) {
    case jujubackup::ControllerRestoreEnd::finished: context.console.print("the restore is done, and the controller can be used\n"); break;
    case jujubackup::ControllerRestoreEnd::released:
      context.console.print("the controller can be used again; the restore that was begun counts as failed\n");
      break;
    case jujubackup::ControllerRestoreEnd::nothing: context.console.print("no restore was going on\n"); break;
  }
  return exit_ok;
}

int restore_after_bootstrap(const RestoreSource& source, Context& context) {
  const Arguments& arguments = context.arguments;
  Console& console = context.console;
  jujubackup::RebootstrapOptions options;
  options.juju = juju_program(arguments);
  options.constraints = arguments.get("constraints");
  options.build_agent = arguments.has("build-agent") || arguments.has("upload-tools");
  options.controller = controller_to_make(context);
  const LookedAt looked = look_at(jujubackup::open_file(source.file));
  jujubackup::Archive archive = jujubackup::Archive::open(opened(jujubackup::open_file(source.file), arguments));
  const jujubackup::RebootstrapPlan plan = jujubackup::plan_rebootstrap(archive, options, &context.job);
  if (!plan.restores_over_api && looked.outside != Outside::plain) {
    throw jujubackup::Error(jujubackup::ErrorCode::unsupported,
                            "the backup would go to the new machine as it is, and is encrypted: decrypt-backup first");
  }
  console.print(printable_lines(to_text(plan)));
  console.flush();
  if (arguments.has("dry-run")) return exit_ok;
  confirm_restore(context, NoTerminal::go_on);
  const jujubackup::Rebootstrapped made = jujubackup::rebootstrap(plan, archive, bootstrap_events(console), &context.job);
  try {
    restore_onto(plan, made, source, context);
  } catch (const jujubackup::Error&) {
    tell_half_done(plan, made, source, context);
    throw;
  }
  jujubackup::adopt_rebootstrap(plan, made, &context.job);
  console.info("the client knows the new controller as " + printable(plan.controller));
  if (plan.ha_nodes > 1) console.info("run now: juju enable-ha -n " + std::to_string(plan.ha_nodes));
  tell_completed(source, context);
  return exit_ok;
}

}  // namespace cli
