#include "restore_run/fix_steps.hpp"

#include <sys/stat.h>

#include "database_steps_support.hpp"

using namespace jujubackup;
using namespace jujubackup::restore_run;
using namespace test;

namespace {

const std::string model = model_uuid;
const std::string other_model = "5a0b7c11-2222-4333-8444-9f00d1e2c3b4";

FixDatabase fix_of(const MachineFixture& f) {
  FixDatabase fix;
  fix.address = "localhost:37017";
  fix.username = "machine-0";
  fix.conf_path = f.conf_path;
  fix.model_uuid = model_uuid;
  fix.machine_id = "0";
  return fix;
}

// What the genuine dump lacks: instances, addresses that Juju settled on, votes as versions before 2.7 kept them.
void add_documents(MachineFixture& f) {
  f.insert("juju.instanceData", "{'_id': '" + model + ":0', 'machineid': '0', 'instanceid': 'i-old', 'arch': 'amd64'}");
  f.insert("juju.instanceData", "{'_id': '" + other_model + ":0', 'machineid': '0', 'instanceid': 'i-workload'}");
  f.insert("juju.restoreInfo", "{'_id': 'current', 'status': 'FAILED'}");
  f.insert("juju.controllers",
           "{'_id': 'apiHostPortsForAgents', 'apihostports': [[{'value': '10.9.8.7', 'addresstype': 'ipv4', "
           "'networkscope': 'local-cloud', 'port': 17070, 'spaceid': '0'}], [{'value': '10.9.8.8', 'port': 17070}]], 'txn-revno': 3}");
  const auto set = [&](const std::string& where, const std::string& id, const std::string& change) {
    database::update(*f.session(), database::parse_namespace(where), object("{'_id': '" + id + "'}"), value(change), {}, nullptr);
  };
  set("juju.controllers", "e",
      "{'$set': {'machineids': ['0', '1', '2'], 'votingmachineids': ['0', '1'], 'controller-ids': ['0', '1', '2']}}");
  set("juju.machines", model + ":1", "{'$set': {'hasvote': true, 'novote': false, 'jobs': [2, 1]}}");
  set("juju.machines", model + ":0", "{'$set': {'preferredprivateaddress': {'value': '10.9.8.7', 'addresstype': 'ipv4', 'spaceid': '7'}}}");
}

}  // namespace

TEST_CASE("fix-database: every part, in the controller's model alone, and undone") {
  MachineFixture f;
  add_documents(f);
  const auto before = f.content();
  FixDatabase fix = fix_of(f);
  fix.instance_id = "i-new";
  fix.private_address = "10.20.30.40";
  fix.public_address = "controller.example.com";
  fix.api_host_ports = {"10.20.30.40:17070", "controller.example.com:17070"};
  fix.remove_controllers = {"1", "2"};
  fix.clear_restore_status = true;

  const Value untouched = prepare(fix, f.context);
  undo(fix, untouched, f.context);
  CHECK(f.content() == before);
  struct stat status = {};
  REQUIRE(::stat(f.context.kept_path("documents.json").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);

  const Value prepared = do_twice(fix, f.context);
  CHECK(f.report.warnings.empty());
  CHECK(f.one("juju.instanceData", "{'_id': '" + model + ":0'}") ==
        json("{'_id':'" + model + ":0','machineid':'0','instanceid':'i-new','arch':'amd64'}"));
  CHECK(f.one("juju.instanceData", "{'_id': '" + other_model + ":0'}").find("i-workload") != std::string::npos);

  const std::string machine = f.one("juju.machines", "{'_id': '" + model + ":0'}");
  CHECK(machine.find(json("'addresses':[{'value':'10.20.30.40','addresstype':'ipv4','networkscope':'local-cloud'},"
                          "{'value':'controller.example.com','addresstype':'hostname','networkscope':'public'}]")) != std::string::npos);
  CHECK(machine.find(
            json("'preferredprivateaddress':{'value':'10.20.30.40','addresstype':'ipv4','spaceid':'7','networkscope':'local-cloud'}")) !=
        std::string::npos);
  CHECK(machine.find(json("'preferredpublicaddress':{'value':'controller.example.com'")) != std::string::npos);
  CHECK(machine.find(json("'nonce':'user-admin:bootstrap'")) != std::string::npos);
  CHECK(f.one("juju.machines", "{'_id': '" + other_model + ":0'}").find("10.20.30.40") == std::string::npos);

  CHECK(
      f.one("juju.controllers", "{'_id': 'apiHostPortsForAgents'}") ==
      json(
          "{'_id':'apiHostPortsForAgents','apihostports':[[{'value':'10.20.30.40','addresstype':'ipv4','networkscope':'local-cloud',"
          "'port':{'$numberInt':'17070'},'spaceid':'0'},{'value':'controller.example.com','addresstype':'hostname','networkscope':'public',"
          "'port':{'$numberInt':'17070'},'spaceid':'0'}]],'txn-revno':{'$numberInt':'3'}}"));
  CHECK(f.one("juju.controllers", "{'_id': 'apiHostPorts'}").find("10.20.30.40") != std::string::npos);

  CHECK(f.count("juju.controllerNodes") == 1);
  CHECK(f.one("juju.controllers", "{'_id': 'e'}") ==
        json("{'_id':'e','model-uuid':'" + model + "','cloud':'lxd','machineids':['0'],'votingmachineids':['0'],'controller-ids':['0']}"));
  const std::string lost = f.one("juju.machines", "{'_id': '" + model + ":1'}");
  CHECK(lost.find(json("'hasvote':false,'novote':true")) != std::string::npos);
  CHECK(lost.find(json("'jobs':[{'$numberInt':'1'}]")) != std::string::npos);
  // Where there were no votes none are made up.
  const std::string newer = f.one("juju.machines", "{'_id': '" + model + ":2'}");
  CHECK(newer.find("vote") == std::string::npos);
  CHECK(newer.find(json("'jobs':[]")) != std::string::npos);
  CHECK(f.count("juju.restoreInfo") == 0);

  // Prepared again as after a crash before the journal knew: what was there first is what is kept.
  prepare(fix, f.context);
  undo(fix, prepared, f.context);
  const auto same_documents = [&] {
    for (const char* where : {"juju.machines", "juju.controllers", "juju.instanceData", "juju.restoreInfo", "juju.controllerNodes"}) {
      CAPTURE(where);
      CHECK(f.count(where) > 0);
    }
    CHECK(f.one("juju.instanceData", "{'_id': '" + model + ":0'}").find("i-old") != std::string::npos);
    CHECK(f.one("juju.controllers", "{'_id': 'e'}").find(json("'machineids':['0','1','2']")) != std::string::npos);
    CHECK(f.one("juju.machines", "{'_id': '" + model + ":1'}").find(json("'hasvote':true,'novote':false")) != std::string::npos);
    CHECK(f.one("juju.restoreInfo", "{}").find("FAILED") != std::string::npos);
    CHECK(f.count("juju.controllerNodes") == 3);
  };
  same_documents();
  undo(fix, prepared, f.context);
  same_documents();
}

TEST_CASE("fix-database: what is not there is told of, and nothing is changed where nothing is asked") {
  MachineFixture f;
  const auto before = f.content();
  FixDatabase fix = fix_of(f);
  do_twice(fix, f.context);
  fix.clear_restore_status = true;
  act(fix, {}, f.context);
  fix.instance_id = "i-new";
  act(fix, {}, f.context);
  CHECK(f.report.warnings.size() == 1);
  fix.machine_id = "77";
  fix.private_address = "10.0.0.1";
  act(fix, {}, f.context);
  CHECK(f.report.warnings.size() == 3);
  CHECK(f.content() == before);

  // The model is looked up where the plan does not know it.
  FixDatabase unknown = fix_of(f);
  unknown.model_uuid.clear();
  unknown.private_address = "fd00::1";
  act(unknown, {}, f.context);
  CHECK(f.one("juju.machines", "{'_id': '" + model + ":0'}").find(json("'value':'fd00::1','addresstype':'ipv6'")) != std::string::npos);
  unknown.remove_controllers = {"0"};
  CHECK(code_of([&] { act(unknown, {}, f.context); }) == ErrorCode::invalid_argument);
}

TEST_CASE("merge-controller: what a copy takes over, by its rules, and undone") {
  MachineFixture f;
  const std::string ours = "cccccccc-0000-4000-8000-000000000001", our_model = "cccccccc-0000-4000-8000-000000000002";
  const std::string theirs = controller_uuid;
  f.insert("juju.controllers",
           "{'_id': 'controllerSettings', 'version': 3, 'settings': {'controller-name': 'ours', 'ca-cert': 'ours', "
           "'audit-log-max-size': '1M', 'stays': 1}}");
  f.insert("jujucontroller.controllers",
           "{'_id': 'controllerSettings', 'version': 9, 'settings': {'controller-name': 'theirs', 'ca-cert': 'theirs', "
           "'audit-log-max-size': '300M', 'a\uff0eb': 'escaped', 'api-port': 1}}");
  f.insert("jujucontroller.controllers", "{'_id': 'e', 'model-uuid': '" + model + "'}");
  f.insert("jujucontroller.users", "{'_id': 'admin', 'name': 'their admin'}");
  f.insert("jujucontroller.users", "{'_id': 'bob', 'name': 'bob', 'txn-queue': ['x_y'], 'txn-revno': 2}");
  f.insert("jujucontroller.controllerusers", "{'_id': 'admin@local'}");
  f.insert("jujucontroller.controllerusers", "{'_id': 'bob'}");
  f.insert("jujucontroller.clouds", "{'_id': 'lxd', 'name': 'their lxd'}");
  f.insert("jujucontroller.clouds", "{'_id': 'aws', 'name': 'their aws'}");
  f.insert("jujucontroller.cloudCredentials", "{'_id': 'lxd#admin#default', 'secret': 'theirs'}");
  f.insert("jujucontroller.cloudCredentials", "{'_id': 'aws#bob#default', 'secret': 'theirs'}");
  f.insert("juju.cloudCredentials", "{'_id': 'lxd#admin#default', 'secret': 'ours'}");
  f.insert("jujucontroller.globalSettings", "{'_id': 'cloud#aws'}");
  f.insert("jujucontroller.secretBackends", "{'_id': 'vault'}");
  for (const char* const id :
       {"cloud#aws#us#bob", "c#THEIRS#us#bob", "c#THEIRS#us#admin", "e#MODEL#us#bob", "e#OTHER#us#eve", "ao#offer#us#bob", "x"}) {
    std::string full = id;
    for (const auto& [name, uuid] : {std::pair<std::string, std::string>{"THEIRS", theirs}, {"MODEL", model}, {"OTHER", other_model}}) {
      if (const std::size_t at = full.find(name); at != std::string::npos) full.replace(at, name.size(), uuid);
    }
    const std::string object = full.substr(0, full.find("#us#"));
    f.insert("jujucontroller.permissions", "{'_id': '" + full + "', 'object-global-key': '" + object + "', 'access': 'login'}");
  }
  MergeController merge;
  merge.address = "localhost:37017";
  merge.username = "machine-0";
  merge.conf_path = f.conf_path;
  merge.controller_uuid = ours;
  merge.controller_model_uuid = our_model;
  merge.cloud = "lxd";
  merge.cloud_credential = "lxd#admin#default";
  const auto before = f.content();

  undo(merge, prepare(merge, f.context), f.context);
  CHECK(f.content().size() >= before.size());
  CHECK(f.count("juju.users") == 1);

  const Value prepared = do_twice(merge, f.context);
  CHECK(f.one("juju.controllers", "{'_id': 'controllerSettings'}") ==
        json("{'_id':'controllerSettings','version':{'$numberInt':'3'},'settings':{'controller-name':'ours','ca-cert':'ours',"
             "'audit-log-max-size':'300M','stays':{'$numberInt':'1'},'a\uff0eb':'escaped'}}"));
  CHECK(f.one("juju.users", "{'_id': 'admin'}").find("their") == std::string::npos);
  CHECK(f.one("juju.users", "{'_id': 'bob'}") == json("{'_id':'bob','name':'bob','txn-queue':[],'txn-revno':{'$numberInt':'2'}}"));
  CHECK(f.count("juju.controllerusers") == 1);
  CHECK(f.one("juju.clouds", "{'_id': 'lxd'}").find("their") == std::string::npos);
  CHECK(f.one("juju.clouds", "{'_id': 'aws'}").find("their aws") != std::string::npos);
  CHECK(f.one("juju.cloudCredentials", "{'_id': 'lxd#admin#default'}").find("ours") != std::string::npos);
  CHECK(f.count("juju.cloudCredentials") == 2);
  CHECK(f.count("juju.globalSettings") == 1);
  CHECK(f.count("juju.secretBackends") == 1);
  CHECK(f.count("juju.permissions") == 3);
  CHECK(f.one("juju.permissions", "{'_id': 'c#" + ours + "#us#bob'}").find("c#" + ours + "\"") != std::string::npos);
  CHECK(f.one("juju.permissions", "{'_id': 'e#" + our_model + "#us#bob'}") != "");
  CHECK(f.one("juju.permissions", "{'_id': 'cloud#aws#us#bob'}") != "");
  CHECK_FALSE(std::filesystem::exists(f.directory + "/jujucontroller"));

  for (int run = 0; run < 2; ++run) {
    undo(merge, prepared, f.context);
    CHECK(f.count("juju.users") == 1);
    CHECK_FALSE(std::filesystem::exists(f.directory + "/juju/permissions.bson"));
    CHECK(f.count("juju.cloudCredentials") == 1);
    CHECK(f.one("juju.clouds", "{'_id': 'aws'}").find("their") == std::string::npos);
    CHECK(f.one("juju.controllers", "{'_id': 'controllerSettings'}").find("1M") != std::string::npos);
  }
  merge.controller_uuid.clear();
  CHECK(code_of([&] { prepare(merge, f.context); }) == ErrorCode::invalid_argument);
}
