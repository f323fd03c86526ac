// Every store of the library, run through the suite.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

#include <jujubackup/controller.hpp>
#include <jujubackup/server.hpp>
#include <jujubackup/store_backend.hpp>

#include "backup_store_suite.hpp"
#include "blob_store_suite.hpp"

namespace {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "jujubackup-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class DirectoryPlace final : public conformance::Place {
 public:
  // Below a directory that does not exist yet.
  std::unique_ptr<jujubackup::BlobStore> open() override { return jujubackup::open_directory_store(scratch_ / "backups/here"); }

 private:
  Scratch scratch_;
};

class MemoryPlace final : public conformance::Place {
 public:
  std::unique_ptr<jujubackup::BlobStore> open() override { return jujubackup::make_memory_store(); }
};

// Backups as blobs.
class BlobBackups final : public conformance::BackupPlace {
 public:
  explicit BlobBackups(std::unique_ptr<conformance::Place> place) : place_(std::move(place)) {}
  jujubackup::BackupStore open() override { return jujubackup::BackupStore(place_->open()); }

 private:
  std::unique_ptr<conformance::Place> place_;
};

// An embedded controller of a given release.
class ControllerPlace final : public conformance::BackupPlace {
 public:
  explicit ControllerPlace(const std::string& version) {
    jujubackup::ServerOptions options;
    options.address = "127.0.0.1:0";
    options.state_dir = scratch_ / "state";
    options.version = jujubackup::JujuVersion::parse(version);
    options.users = {{"admin", "a pass word", true}};
    server_.emplace(jujubackup::Server::start(options));
    write("ca.pem", server_->ca_cert());
    write("password", "a pass word\n");
  }
  // By all of the ways there are, in turn.
  jujubackup::BackupStore open() override {
    if (opened_++ % 2 == 0) {
      return jujubackup::BackupStore::open("juju+wss://" + server_->address() + "/" + server_->model_uuid() +
                                           "?ca-file=" + (scratch_ / "ca.pem") + "&password-file=" + (scratch_ / "password"));
    }
    jujubackup::ConnectOptions options;
    options.endpoints = {server_->address()};
    options.ca_cert = server_->ca_cert();
    options.model_uuid = server_->model_uuid();
    options.user = "admin";
    options.password = "a pass word";
    return jujubackup::open_controller_store(jujubackup::Controller::connect(options));
  }

 private:
  void write(const std::string& name, const std::string& text) {
    std::ofstream out(scratch_ / name, std::ios::binary);
    out << text;
    out.close();
    if (!out) throw std::runtime_error("cannot write " + name);
  }

  Scratch scratch_;
  std::optional<jujubackup::Server> server_;
  int opened_ = 0;
};

}  // namespace

TEST_CASE("directory store") {
  conformance::check_blob_store({"directory", [] { return std::make_unique<DirectoryPlace>(); }, true});
}

TEST_CASE("memory store") {
  conformance::check_blob_store({"memory", [] { return std::make_unique<MemoryPlace>(); }, false});
}

TEST_CASE("backups in a directory") {
  conformance::check_backup_store({"directory", [] { return std::make_unique<BlobBackups>(std::make_unique<DirectoryPlace>()); }, true});
}

TEST_CASE("backups in memory") {
  conformance::check_backup_store({"memory", [] { return std::make_unique<BlobBackups>(std::make_unique<MemoryPlace>()); }, false});
}

namespace {

conformance::BackupSubject controller_of(const std::string& version) {
  conformance::BackupSubject subject;
  subject.name = "Juju " + version;
  subject.make_place = [version] { return std::make_unique<ControllerPlace>(version); };
  // The embedded controller verifies what is uploaded, unlike Juju's.
  subject.takes_bad_archives = false;
  subject.takes_encrypted = false;
  return subject;
}

}  // namespace

TEST_CASE("controllers that keep backups") {
  for (const char* version : {"2.0.0", "2.9.21"}) conformance::check_backup_store(controller_of(version));
}

TEST_CASE("controllers that keep none") {
  for (const char* version : {"2.9.42", "3.6.4", "4.0.1"}) {
    auto subject = controller_of(version);
    subject.keeps_backups = false;
    conformance::check_backup_store(subject);
  }
}
