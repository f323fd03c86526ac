// The fields of each action by name: one list for writing and for reading.
#pragma once

#include <jujubackup/restore_steps.hpp>

namespace jujubackup::restore {

// `F` is called with a name and a reference, for each field.
template <typename F>
void each_field(ControllerHost& host, F&& f) {
  f("machine", host.machine_id), f("address", host.address), f("here", host.here);
}
template <typename F>
void each_field(AgentMachine& machine, F&& f) {
  f("machine", machine.machine_id), f("model-uuid", machine.model_uuid), f("address", machine.address);
}
template <typename F>
void each_field(ServiceOnHost& a, F&& f) {
  f("host", a.host), f("service", a.service);
}
template <typename F>
void each_field(StopDatabase& a, F&& f) {
  f("service", a.service);
}
template <typename F>
void each_field(StartDatabase& a, F&& f) {
  f("service", a.service), f("address", a.address), f("timeout-s", a.timeout);
}
template <typename F>
void each_field(SaveCollections& a, F&& f) {
  f("generation", a.generation), f("juju-version", a.juju_version), f("address", a.address), f("username", a.username);
  f("conf-path", a.conf_path), f("namespaces", a.namespaces), f("directory", a.directory);
}
template <typename F>
void each_field(SaveFiles& a, F&& f) {
  f("paths", a.paths), f("directory", a.directory);
}
template <typename F>
void each_field(UnpackRoot& a, F&& f) {
  f("paths", a.paths), f("owners", a.owners), f("bytes", a.bytes);
}
template <typename F>
void each_field(RewriteAgentConf& a, F&& f) {
  f("path", a.path), f("api-addresses", a.api_addresses), f("upgraded-to-version", a.upgraded_to_version);
}
template <typename F>
void each_field(InstallServices& a, F&& f) {
  f("unit-files", a.unit_files);
}
template <typename F>
void each_field(InitiateReplicaSet& a, F&& f) {
  f("name", a.name), f("member", a.member), f("machine", a.machine_id), f("username", a.username);
  f("conf-path", a.conf_path), f("force", a.force), f("timeout-s", a.timeout);
}
template <typename F>
void each_field(SetDatabaseUser& a, F&& f) {
  f("address", a.address), f("username", a.username), f("conf-path", a.conf_path), f("old-conf-path", a.old_conf_path);
  f("create", a.create);
}
template <typename F>
void each_field(RestoreDatabase& a, F&& f) {
  f("generation", a.generation), f("program", a.program), f("arguments", a.arguments), f("address", a.address);
  f("username", a.username), f("conf-path", a.conf_path), f("service", a.service), f("namespaces", a.namespaces);
  f("kept-dump", a.kept_dump), f("new-namespaces", a.new_namespaces), f("into-database", a.into_database);
  f("oplog-role", a.oplog_role), f("dump-bytes", a.dump_bytes), f("log-path", a.log_path);
}
template <typename F>
void each_field(MergeController& a, F&& f) {
  f("address", a.address), f("username", a.username), f("conf-path", a.conf_path), f("from-database", a.from_database);
  f("controller-uuid", a.controller_uuid), f("controller-model-uuid", a.controller_model_uuid), f("cloud", a.cloud);
  f("cloud-credential", a.cloud_credential), f("kept-dump", a.kept_dump);
}
template <typename F>
void each_field(FixDatabase& a, F&& f) {
  f("address", a.address), f("username", a.username), f("conf-path", a.conf_path), f("model-uuid", a.model_uuid);
  f("machine", a.machine_id), f("instance-id", a.instance_id), f("private-address", a.private_address);
  f("public-address", a.public_address), f("api-host-ports", a.api_host_ports), f("remove-controllers", a.remove_controllers);
  f("clear-restore-status", a.clear_restore_status);
}
template <typename F>
void each_field(SetAgentVersion& a, F&& f) {
  f("host", a.host), f("version", a.version), f("data-dir", a.data_dir);
}
template <typename F>
void each_field(UpdateAgents& a, F&& f) {
  f("machines", a.machines), f("data-dir", a.data_dir), f("identity-path", a.identity_path);
  f("private-address", a.private_address), f("public-address", a.public_address), f("at-once", a.at_once), f("timeout-s", a.timeout);
}
template <typename F>
void each_field(WaitDatabase& a, F&& f) {
  f("address", a.address), f("username", a.username), f("conf-path", a.conf_path), f("members", a.members), f("timeout-s", a.timeout);
}
template <typename F>
void each_field(WaitAgents& a, F&& f) {
  f("services", a.services), f("api-address", a.api_address), f("timeout-s", a.timeout);
}

}  // namespace jujubackup::restore
