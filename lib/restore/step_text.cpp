#include "restore/step_text.hpp"

#include <utility>

#include "base/text.hpp"
#include "restore/checks.hpp"

namespace jujubackup::restore {
namespace {

std::string place_of(const ControllerHost& host) {
  return "machine " + printable(host.machine_id) + (host.here ? ", this one" : " at " + printable(host.address));
}

std::string seconds_of(std::chrono::seconds time) { return counted(static_cast<std::uint64_t>(time.count()), "second", "seconds"); }

// One function for each action; they share the step that they describe.
class Describe {
 public:
  Describe(RestoreStep& step, const TargetFacts& target) : step_(step), target_(target) {}

  void operator()(const StopAgent& a) const {
    say("stop " + a.service, place_of(a.host), "start it again");
    need_host(a.host);
  }
  void operator()(const StartAgent& a) const {
    say("start " + a.service, place_of(a.host), "stop it again");
    need_host(a.host);
  }
  void operator()(const StopDatabase& a) const { say("stop mongod (" + a.service + ")", "this machine", "start it again"); }
  void operator()(const StartDatabase& a) const {
    say("start mongod (" + a.service + ") and wait up to " + seconds_of(a.timeout) + " until it answers", a.address, "stop it again");
  }
  void operator()(const SaveCollections& a) const {
    say("dump " + counted(a.namespaces.size(), "collection", "collections") + " that will be replaced, to /" + a.directory, a.address, "");
    step_.needs = {"mongodump", "room for what is in the database"};
  }
  void operator()(const SaveFiles& a) const {
    std::string paths;
    for (const std::string& path : a.paths) paths += (paths.empty() ? "/" : ", /") + printable(path);
    say("move what is there aside, to /" + a.directory, paths, "move it back, in place of what came");
  }
  void operator()(const UnpackRoot& a) const {
    say("unpack " + counted(a.paths.size(), "path", "paths") + " of root.tar (" + readable_bytes(a.bytes) + ")" +
            (a.owners ? ", with owners and modes" : ", with modes"),
        below_root(), "remove them");
    step_.needs = {readable_bytes(a.bytes) + " in /" + target_.data_dir};
  }
  void operator()(const RewriteAgentConf& a) const {
    std::string what = "write into agent.conf";
    if (!a.api_addresses.empty()) what += " the API addresses " + listed(a.api_addresses);
    if (!a.upgraded_to_version.empty())
      what += std::string(a.api_addresses.empty() ? "" : " and") + " the version " + a.upgraded_to_version;
    say(what, "/" + a.path, "put its old text back");
  }
  void operator()(const InstallServices& a) const {
    std::vector<std::string> files;
    for (const std::string& file : a.unit_files) files.push_back("/" + file);
    say("tell systemd of the services of the backup", listed(files), "disable those that it did not know");
  }
  void operator()(const InitiateReplicaSet& a) const {
    say("make a replica set " + quoted_name(a.name) + " of one member, " + printable(a.member) +
            (a.force ? ", although most of its members are gone" : ""),
        "mongod on this machine", "give it the configuration that it had");
  }
  void operator()(const SetDatabaseUser& a) const {
    say("give the database user " + quoted_name(a.username) + " the password of agent.conf", a.address,
        a.old_conf_path.empty() ? "remove the user" : "give it the password that it had");
  }
  void operator()(const RestoreDatabase& a) const {
    std::string what =
        "run mongorestore for " + counted(a.namespaces.size(), "collection", "collections") + " (" + readable_bytes(a.dump_bytes) + "):";
    for (const std::string& argument : a.arguments) what += " " + printable(argument);
    say(what, a.address,
        a.into_database.empty() ? "restore what was dumped before and drop what was not there"
                                : "drop the database " + quoted_name(a.into_database));
    step_.needs = {"mongorestore", readable_bytes(a.dump_bytes) + " for the unpacked dump"};
  }
  void operator()(const MergeController& a) const {
    say("merge users, clouds, credentials, permissions and settings from database " + quoted_name(a.from_database) +
            " into the controller and drop that database",
        a.address, "put back the documents that were changed");
  }
  void operator()(const FixDatabase& a) const {
    std::string parts;
    const auto part = [&](const std::string& text) { parts += (parts.empty() ? "" : ", ") + text; };
    if (!a.instance_id.empty()) part("instance id " + printable(a.instance_id));
    if (!a.private_address.empty()) part("addresses of machine " + printable(a.machine_id));
    if (!a.api_host_ports.empty()) part("API addresses " + listed(a.api_host_ports));
    if (!a.remove_controllers.empty()) part("controller machines " + listed(a.remove_controllers) + " removed");
    if (a.clear_restore_status) part("no restore in progress");
    say("correct what the database says: " + parts, "controller model " + printable(a.model_uuid), "put back what was overwritten");
  }
  void operator()(const SetAgentVersion& a) const {
    say("have the agent run the tools of " + a.version.to_string(), place_of(a.host), "link and agent.conf as they were");
    need_host(a.host);
    step_.needs.push_back("the tools of " + a.version.to_string() + " in /" + a.data_dir + "/tools there");
  }
  void operator()(const UpdateAgents& a) const {
    say("tell the agents of " + counted(a.machines.size(), "machine", "machines") + " the new addresses over ssh, " +
            std::to_string(a.at_once) + " at once, up to " + seconds_of(a.timeout) + " each",
        "machines of all models", "");
    step_.undoable = false;
    step_.needs = {"ssh to each as ubuntu, with /" + a.identity_path};
  }
  void operator()(const WaitDatabase& a) const {
    say("wait up to " + seconds_of(a.timeout) + " until " + counted(a.members, "member is", "members are") + " healthy", a.address, "");
  }
  void operator()(const WaitAgents& a) const {
    say("wait up to " + seconds_of(a.timeout) + " until the agents run and the API answers", a.api_address, "");
  }

 private:
  void say(std::string what, std::string target, std::string undo) const {
    step_.what = std::move(what);
    step_.target = std::move(target);
    step_.undo = std::move(undo);
  }
  void need_host(const ControllerHost& host) const {
    if (!host.here) step_.needs = {"ssh to " + printable(host.address) + " as ubuntu, with sudo"};
  }
  std::string below_root() const { return target_.root == "/" ? "/" : "below " + printable(target_.root); }

  RestoreStep& step_;
  const TargetFacts& target_;
};

}  // namespace

RestoreStep step_of(RestoreAction action, const TargetFacts& target) {
  RestoreStep step;
  step.name = std::string(name_of(action));
  std::visit(Describe(step, target), action);
  step.action = std::move(action);
  return step;
}

}  // namespace jujubackup::restore
