// The whole of it, with programs that stand in for juju, ssh and scp and keep what they were told.
#include <sys/stat.h>

#include <string>
#include <vector>

#include <jujubackup/rebootstrap.hpp>
#include <jujubackup/server.hpp>

#include "../restore/restore_support.hpp"
#include "client/merge.hpp"
#include "test_support.hpp"

namespace {

using namespace jujubackup;

void write_program(const std::string& path, const std::string& text) {
  test::write_file(path, "#!/bin/sh\n" + text);
  REQUIRE(::chmod(path.c_str(), 0700) == 0);
}

// What a bootstrap of that name leaves in JUJU_DATA, after it kept what it was given.
std::string juju_program(const std::string& kept, const std::string& version, const std::string& bootstrap) {
  return "case \"$1\" in\n"
         "version) echo " +
         version +
         "-ubuntu-amd64;;\n"
         "help) printf -- '--agent-version (= \"\")\\n--bootstrap-series\\n--bootstrap-base\\n--no-default-model\\n';;\n"
         "status) exit ${STATUS_EXIT:-1};;\n"
         "bootstrap)\n"
         "  for word; do echo \"$word\"; done > " +
         kept +
         "/arguments\n"
         "  while [ \"$1\" != --config ]; do shift; done\n"
         "  cp -p \"$2\" " +
         kept +
         "/config\n"
         "  cp -rp \"$JUJU_DATA\" " +
         kept +
         "/client\n"
         "  echo Creating the controller; echo Launching >&2\n" +
         bootstrap +
         ";;\n"
         "esac\n";
}

constexpr const char* makes_controller =
    "  printf 'controllers:\\n  prod:\\n    uuid: new-uuid\\n    api-endpoints: [\"127.0.0.1:9\"]\\n' > $JUJU_DATA/controllers.yaml\n"
    "  printf 'controllers:\\n  prod:\\n    user: admin\\n    password: new\\n' > $JUJU_DATA/accounts.yaml\n";

struct World {
  test::Scratch scratch;
  std::vector<std::byte> bytes;
  RebootstrapOptions options;
  std::string client, kept;
  std::vector<std::string> lines;  // of events

  explicit World(const std::string& bootstrap = makes_controller, const std::string& version = "2.9.50") {
    test::ControllerRoot root;
    root.version = "2.9.50";
    test::make_controller_root(scratch / "root", root);
    bytes = test::archive_of(scratch / "root", "i-1", 1);
    client = scratch / "client";
    kept = scratch / "kept";
    std::filesystem::create_directories(kept);
    know_controller({"127.0.0.1:1"}, "");
    test::write_file(client + "/accounts.yaml", "controllers:\n  prod:\n    user: admin\n    password: invented-admin\n");
    test::write_file(client + "/models.yaml", "controllers: {}\n");
    test::write_file(client + "/bootstrap-config.yaml",
                     "controllers:\n  prod:\n    cloud: aws\n    region: eu\n    controller-config: {api-port: 17070}\n");
    write_program(scratch / "juju", juju_program(kept, version, bootstrap));
    options.client_dir = client;
    options.controller = "prod";
    options.juju = scratch / "juju";
    options.dial_timeout = std::chrono::milliseconds(2000);
  }
  void know_controller(const std::vector<std::string>& endpoints, const std::string& ca_cert) const {
    std::string text = std::string("controllers:\n  other:\n    uuid: other-uuid\n  prod:\n    uuid: ") + test::controller_uuid + "\n";
    text += "    api-endpoints: [";
    for (const std::string& endpoint : endpoints) text += "'" + endpoint + "'";
    text += "]\n";
    if (!ca_cert.empty()) text += "    ca-cert: " + std::string("|\n");
    std::string_view rest = ca_cert;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      text += "      " + std::string(line) + "\n";
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
    test::write_file(client + "/controllers.yaml", text);
  }
  Archive archive() const { return Archive::open(source_of_memory(bytes, "backup.tar.gz")); }
  RebootstrapPlan plan() const {
    Archive opened = archive();
    return plan_rebootstrap(opened, options);
  }
  RebootstrapEvents events() {
    return [this](const RebootstrapEvent& event) { lines.emplace_back(event.text); };
  }
  std::string all_client_files() const {
    std::string text;
    for (const char* name : {"controllers.yaml", "accounts.yaml", "models.yaml", "bootstrap-config.yaml"}) {
      text += test::read_file(client + "/" + name);
    }
    return text;
  }
};

}  // namespace

TEST_CASE("a new controller, and the client that learns of it afterwards") {
  World world;
  const std::string before = world.all_client_files();
  const RebootstrapPlan plan = world.plan();
  CHECK(plan.juju_version == JujuVersion::parse("2.9.50"));
  CHECK(!plan.restores_over_api);
  CHECK(plan.controller_uuid == test::controller_uuid);
  const std::string text = to_text(plan);
  CHECK(text.find("--agent-version 2.9.50") != std::string::npos);
  CHECK(text.find("PRIVATE KEY") == std::string::npos);
  CHECK(text.find("invented-admin") == std::string::npos);

  Archive archive = world.archive();
  const Rebootstrapped made = rebootstrap(plan, archive, world.events());
  CHECK(made.controller.endpoints == std::vector<std::string>{"127.0.0.1:9"});
  // Secrets went through a file that only its owner reads, and that is gone.
  const std::string words = test::read_file(world.kept + "/arguments");
  CHECK(words.find("PRIVATE KEY") == std::string::npos);
  CHECK(words.find("invented-admin") == std::string::npos);
  const std::string config = test::read_file(world.kept + "/config");
  CHECK(config.find("PRIVATE KEY") != std::string::npos);
  CHECK(config.find("admin-secret: invented-admin\n") != std::string::npos);
  CHECK(config.find("api-port: 17070\n") != std::string::npos);
  struct stat info {};
  REQUIRE(::stat((world.kept + "/config").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(!std::filesystem::exists(made.work_dir + "/bootstrap-config.yaml"));
  // juju saw the other controllers, and not this one.
  CHECK(client::controller_names(test::read_file(world.kept + "/client/controllers.yaml")) == std::vector<std::string>{"other"});
  CHECK(std::count(world.lines.begin(), world.lines.end(), "Creating the controller") == 1);
  CHECK(std::count(world.lines.begin(), world.lines.end(), "Launching") == 1);
  CHECK(world.all_client_files() == before);

  adopt_rebootstrap(plan, made);
  const ClientDirectory directory = ClientDirectory::read(world.client);
  REQUIRE(directory.controllers().size() == 2);
  CHECK(directory.controllers()[1].endpoints == std::vector<std::string>{"127.0.0.1:9"});
  CHECK(directory.controllers()[1].uuid == test::controller_uuid);
  CHECK(test::read_file(world.client + "/accounts.yaml").find("invented-admin") != std::string::npos);
  CHECK(!std::filesystem::exists(made.work_dir));
}

TEST_CASE("an old controller that lives is not replaced") {
  World world;
  ServerOptions serve;
  serve.address = "127.0.0.1:0";
  serve.state_dir = world.scratch / "state";
  serve.users = {{"admin", "invented-admin", true}};
  std::string address;
  std::string ca_cert;
  {
    const Server server = Server::start(serve);
    address = server.address();
    ca_cert = server.ca_cert();
    world.know_controller({"127.0.0.1:1', '" + address}, ca_cert);
    const auto error = test::error_of([&] { world.plan(); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::exists);
    CHECK(error->message() == "the old controller prod still answers at " + address + "; will not replace");
    // Somebody else at that address.
    serve.state_dir = world.scratch / "other-state";
    const Server other = Server::start(serve);
    world.know_controller({other.address()}, ca_cert);
    const RebootstrapPlan plan = world.plan();
    REQUIRE(!plan.warnings.empty());
    CHECK(plan.warnings.front() == "at an address of the old controller somebody answers with another certificate");
  }
  world.know_controller({address}, ca_cert);
  CHECK(world.plan().warnings.empty());
}

TEST_CASE("what juju still reaches is not replaced") {
  World world;
  const std::string before = world.all_client_files();
  const RebootstrapPlan plan = world.plan();
  ::setenv("STATUS_EXIT", "0", 1);
  Archive archive = world.archive();
  const auto error = test::error_of([&] { rebootstrap(plan, archive); });
  ::unsetenv("STATUS_EXIT");
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::exists);
  CHECK(world.all_client_files() == before);
  CHECK(!std::filesystem::exists(world.kept + "/arguments"));
  // Nothing is left behind.
  for (const auto& entry : std::filesystem::directory_iterator(world.client)) {
    CHECK(entry.path().filename().string().find("rebootstrap-") != 0);
  }
}

TEST_CASE("a bootstrap that fails changes nothing for the user, and says where juju's own files are") {
  for (const char* bootstrap : {"  echo no quota; exit 1", "  true"}) {
    CAPTURE(bootstrap);
    World world(bootstrap);
    const std::string before = world.all_client_files();
    const RebootstrapPlan plan = world.plan();
    Archive archive = world.archive();
    const auto error = test::error_of([&] { rebootstrap(plan, archive, world.events()); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::program);
    const std::string what = error->what();
    CHECK(what.find(world.client + "/rebootstrap-") != std::string::npos);
    CHECK(world.all_client_files() == before);
    std::size_t left = 0;
    for (const auto& entry : std::filesystem::directory_iterator(world.client)) {
      if (!entry.is_directory()) continue;
      ++left;
      // The file with the keys is gone, what juju wrote is there.
      CHECK(!std::filesystem::exists(entry.path() / "bootstrap-config.yaml"));
      CHECK(std::filesystem::exists(entry.path() / "juju"));
    }
    CHECK(left == 1);
  }
}

TEST_CASE("what cannot be rebootstrapped") {
  struct Case {
    const char* name;
    void (*change)(World&);
    ErrorCode code;
    const char* says;
  };
  const Case cases[] = {
      {"unknown", [](World& w) { w.options.controller = "nobody"; }, ErrorCode::not_found, "controller nobody not found"},
      {"none named", [](World& w) { w.options.controller = ""; }, ErrorCode::invalid_argument, "no current controller"},
      {"no config", [](World& w) { std::filesystem::remove(w.client + "/bootstrap-config.yaml"); }, ErrorCode::not_found,
       "bootstrap config for controller prod not found"},
      {"no juju", [](World& w) { w.options.juju = w.scratch / "nothing"; }, ErrorCode::not_found, "not found: bootstrapping is done by"},
      {"damaged", [](World& w) { w.bytes.resize(w.bytes.size() / 2); }, ErrorCode::corrupt, "damaged"},
      {"another controller's",
       [](World& w) {
         test::write_file(w.client + "/controllers.yaml", "controllers:\n  prod:\n    uuid: 00000000-1111-4222-8333-444444444444\n");
       },
       ErrorCode::invalid_argument, "the backup is of controller"},
      {"no key",
       [](World& w) {
         const std::string conf = w.scratch / "root/var/lib/juju/agents/machine-0/agent.conf";
         std::string text = test::read_file(conf);
         text.replace(text.find("caprivatekey:"), 13, "otherkey:");
         test::write_file(conf, text);
         w.bytes = test::archive_of(w.scratch / "root", "i-1", 1);
       },
       ErrorCode::not_found, "no CA certificate with its private key"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    World world;
    one.change(world);
    const auto error = test::error_of([&] { world.plan(); });
    REQUIRE(error);
    CHECK(error->code() == one.code);
    CHECK_MESSAGE(std::string(error->what()).find(one.says) != std::string::npos, error->what());
    CHECK(!std::filesystem::exists(world.kept + "/arguments"));
  }
}

TEST_CASE("over ssh: what is copied, what is run, and what is said when it fails") {
  World world;
  const RebootstrapPlan plan = world.plan();
  Archive archive = world.archive();
  const Rebootstrapped made = rebootstrap(plan, archive);
  const std::string log = world.scratch / "log";
  RemoteRestoreOptions options;
  options.ssh.program = world.scratch / "ssh";
  options.scp = world.scratch / "scp";
  options.program = "/usr/bin/jujubackup";
  options.archive = world.scratch / "backup of prod.tar.gz";
  options.arguments = {"--kind", "full-machine"};
  // The last word is the command there.
  write_program(options.ssh.program, "for word; do last=$word; done; echo \"ssh $last\" >> " + log +
                                         "\ncase \"$last\" in *restore-backup*) echo step 1 of 2; exit ${RESTORE_EXIT:-0};; esac\n");
  write_program(options.scp, "while [ \"$1\" != -- ]; do shift; done; echo \"scp $2 $3\" >> " + log + "\n");

  restore_over_ssh(plan, made, options, world.events());
  CHECK(test::read_file(log) ==
        "ssh mkdir -m 700 -p jujubackup-restore\n"
        "scp /usr/bin/jujubackup ubuntu@127.0.0.1:jujubackup-restore/jujubackup\n"
        "ssh ./jujubackup-restore/jujubackup --version\n"
        "scp " +
            options.archive +
            " ubuntu@127.0.0.1:jujubackup-restore/backup.tar.gz\n"
            "ssh sudo -n ./jujubackup-restore/jujubackup restore-backup --file jujubackup-restore/backup.tar.gz --yes --kind full-machine\n"
            "ssh rm -rf -- jujubackup-restore\n");
  CHECK(std::count(world.lines.begin(), world.lines.end(), "step 1 of 2") == 1);

  ::setenv("RESTORE_EXIT", "1", 1);
  const auto failed = test::error_of([&] { restore_over_ssh(plan, made, options); });
  ::unsetenv("RESTORE_EXIT");
  REQUIRE(failed);
  CHECK(failed->message().find("restore-backup failed on 127.0.0.1") == 0);
  write_program(options.ssh.program, "exit 255\n");
  const auto unreachable = test::error_of([&] { restore_over_ssh(plan, made, options); });
  REQUIRE(unreachable);
  CHECK(unreachable->message() == "nothing was restored: ssh gets to no address of the new controller: 127.0.0.1");

  const auto commands = remote_restore_commands(plan, made, options);
  REQUIRE(commands.size() == 4);
  CHECK(commands[0] == "JUJU_DATA=" + made.client_dir + " " + plan.juju + " ssh -m prod:controller 0 mkdir -m 700 -p jujubackup-restore");
  CHECK(commands[1].find("'" + options.archive + "'") != std::string::npos);
}
