// Every store of the library, run through the suite.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <filesystem>
#include <stdexcept>

#include <jujubackup/store_backend.hpp>

#include "blob_store_suite.hpp"

namespace {

class DirectoryPlace final : public conformance::Place {
 public:
  DirectoryPlace() {
    std::string name = (std::filesystem::temp_directory_path() / "jujubackup-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~DirectoryPlace() override {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  // Below a directory that does not exist yet.
  std::unique_ptr<jujubackup::BlobStore> open() override { return jujubackup::open_directory_store(path_ + "/backups/here"); }

 private:
  std::string path_;
};

class MemoryPlace final : public conformance::Place {
 public:
  std::unique_ptr<jujubackup::BlobStore> open() override { return jujubackup::make_memory_store(); }
};

}  // namespace

TEST_CASE("directory store") {
  conformance::check_blob_store({"directory", [] { return std::make_unique<DirectoryPlace>(); }, true});
}

TEST_CASE("memory store") {
  conformance::check_blob_store({"memory", [] { return std::make_unique<MemoryPlace>(); }, false});
}
