#include <filesystem>

#include <jujubackup/client.hpp>

#include "client_support.hpp"
#include "test_support.hpp"

using jujubackup::ClientController;
using jujubackup::ClientDirectory;
using jujubackup::ErrorCode;

namespace {

// Locks of these tests are their own: below a temporary directory of theirs.
struct Place {
  test::Scratch scratch;
  test::ProcessEnvironment environment{test::Variables{{"TMPDIR", scratch.path()}}};
};

}  // namespace

TEST_CASE("a whole directory is read") {
  const Place place;
  const ClientDirectory directory = ClientDirectory::read(test::data_path("client"));
  CHECK(directory.path() == test::data_path("client"));
  CHECK(directory.current_controller() == "prod");
  REQUIRE(directory.controllers().size() == 3);

  const ClientController& branch = directory.controllers()[0];
  CHECK(branch.name == "branch");
  CHECK(branch.endpoints == std::vector<std::string>{"branch.example.net:443"});
  CHECK(branch.public_hostname == "branch.example.net");
  CHECK(branch.ca_cert.empty());

  const ClientController& old = directory.controllers()[1];
  CHECK(old.endpoints == std::vector<std::string>{"old.example.net:17070"});
  CHECK(old.agent_version.empty());

  const ClientController& prod = directory.controllers()[2];
  CHECK(prod.uuid == "0f5e9b7c-5555-4666-8777-2b1d3c4e5f60");
  CHECK(prod.endpoints == std::vector<std::string>{"10.9.8.7:17070", "[fd00::7]:17070"});
  CHECK(prod.ca_cert == "-----BEGIN CERTIFICATE-----\nMIIBinventedinventedinventedinvented\n-----END CERTIFICATE-----\n");
  CHECK(prod.cloud == "aws");
  CHECK(prod.region == "us-east-1");
  CHECK(prod.agent_version == "2.9.52");

  // The lock was taken where Juju takes it, and its file left there.
  std::size_t locks = 0;
  for (const auto& entry : std::filesystem::directory_iterator(place.scratch.path())) {
    CHECK(entry.path().filename().string().starts_with("juju-store-lock-"));
    CHECK(entry.status().permissions() == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    ++locks;
  }
  CHECK(locks == 1);
}

TEST_CASE("what is not there is empty") {
  const Place place;
  const ClientDirectory none = ClientDirectory::read(place.scratch / "missing");
  CHECK(none.controllers().empty());
  CHECK(none.current_controller().empty());
  CHECK(std::filesystem::is_empty(place.scratch.path()));  // no lock either

  std::filesystem::create_directory(place.scratch / "juju");
  CHECK(ClientDirectory::read(place.scratch / "juju").controllers().empty());
}

TEST_CASE("a directory can be read where no lock can be made") {
  const test::Scratch scratch;
  const test::ProcessEnvironment environment(test::Variables{{"TMPDIR", scratch / "missing"}});
  CHECK(ClientDirectory::read(test::data_path("client")).controllers().size() == 3);
}

TEST_CASE("an error names the file") {
  const Place place;
  const std::string directory = place.scratch / "juju";
  struct Case {
    const char* name;
    std::string text;
    ErrorCode code;
    std::string message;
  };
  const std::vector<Case> cases{
      {"controllers.yaml", "controllers:\n  a: [\n", ErrorCode::corrupt, "invalid YAML at line 3"},
      {"accounts.yaml", "controllers:\n  a: {password: hush, password: hush}\n", ErrorCode::corrupt, "repeated key at line 2"},
      {"models.yaml", "controllers:\n  a: 1\n", ErrorCode::corrupt, "an entry of controllers is not a mapping"},
  };
  for (const Case& each : cases) {
    std::filesystem::remove_all(directory);
    test::write_file(directory + "/" + each.name, each.text);
    const auto error = test::error_of([&] { ClientDirectory::read(directory); });
    REQUIRE(error);
    CHECK(error->code() == each.code);
    CHECK(std::string(error->what()) == "reading " + directory + "/" + each.name + ": " + each.message);
  }
  std::filesystem::remove_all(directory);
  test::write_file(directory + "/models.yaml", std::string((std::size_t{4} << 20) + 1, '#'));
  const auto large = test::error_of([&] { ClientDirectory::read(directory); });
  REQUIRE(large);
  CHECK(large->code() == ErrorCode::limit);
}
