// What other processes, and stores that fail, do between the steps: a store with a hook in it.
#include <functional>
#include <utility>

#include <jujubackup/store_backend.hpp>

#include "store/record.hpp"
#include "store_support.hpp"

using jujubackup::BackupStore;
using jujubackup::BlobStore;
using jujubackup::BlobWriter;
using jujubackup::Error;
using jujubackup::ErrorCode;

namespace {

struct Hooks {
  std::function<void()> on_lock = [] {};
  std::function<void(const std::string& name)> on_commit = [](const std::string&) {};
  bool writable = true;
};

class HookedWriter final : public BlobWriter {
 public:
  HookedWriter(std::unique_ptr<BlobWriter> writer, Hooks& hooks) : writer_(std::move(writer)), hooks_(hooks) {}
  void write(std::span<const std::byte> bytes) override { writer_->write(bytes); }
  void commit(const std::string& name, bool replace) override {
    hooks_.on_commit(name);
    writer_->commit(name, replace);
  }

 private:
  std::unique_ptr<BlobWriter> writer_;
  Hooks& hooks_;
};

class HookedStore final : public BlobStore {
 public:
  HookedStore(BlobStore& store, Hooks& hooks) : store_(store), hooks_(hooks) {}
  std::string url() const override { return store_.url(); }
  jujubackup::StoreProperties properties() const override {
    auto properties = store_.properties();
    properties.writable = hooks_.writable;
    return properties;
  }
  std::unique_ptr<BlobWriter> put(std::uint64_t bytes) override { return std::make_unique<HookedWriter>(store_.put(bytes), hooks_); }
  std::unique_ptr<jujubackup::Source> get(std::string_view name) override { return store_.get(name); }
  std::vector<jujubackup::BlobInfo> list() override { return store_.list(); }
  void remove(std::string_view name) override { store_.remove(name); }
  std::unique_ptr<Lock> lock() override {
    hooks_.on_lock();
    return nullptr;
  }

 private:
  BlobStore& store_;
  Hooks& hooks_;
};

void put(BlobStore& store, const std::string& name, std::string_view text) {
  const auto writer = store.put(0);
  writer->write(test::bytes_of(text));
  writer->commit(name, true);
}

const std::string archive_name = "juju-backup-" + test::sample_id() + ".tar.gz";
const std::string beside_name = "juju-backup-" + test::sample_id() + ".json";

}  // namespace

TEST_CASE("an archive whose adding is finished while it is looked at is not adopted") {
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  auto other = BackupStore::open("mem:");
  const auto record = test::add_text(other, archive);

  const auto blobs = jujubackup::make_memory_store();
  put(*blobs, archive_name, archive);
  Hooks hooks;
  hooks.on_lock = [&] { put(*blobs, beside_name, jujubackup::write_record(record)); };
  BackupStore store(std::make_unique<HookedStore>(*blobs, hooks));
  const auto listing = store.list();
  REQUIRE(listing.backups.size() == 1);
  CHECK_FALSE(listing.backups[0].adopted);
  CHECK(listing.backups[0].sha256_hex == record.sha256_hex);
  CHECK(test::read_all(*blobs->get(beside_name)) == jujubackup::write_record(record));
}

TEST_CASE("an archive that is removed while it is looked at leaves no record") {
  const test::Scratch scratch;
  const auto blobs = jujubackup::make_memory_store();
  put(*blobs, archive_name, test::sample_archive(scratch));
  Hooks hooks;
  BackupStore store(std::make_unique<HookedStore>(*blobs, hooks));
  SUBCASE("by a listing") {
    hooks.on_lock = [&] { blobs->remove(archive_name); };
    store.list();
    CHECK(blobs->list().empty());
  }
  SUBCASE("by a verification") {
    store.list();
    hooks.on_lock = [&] {
      blobs->remove(archive_name);
      blobs->remove(beside_name);
    };
    CHECK(store.verify(test::sample_id(), jujubackup::Depth::full).verdict() == jujubackup::Verdict::ok);
    CHECK(blobs->list().empty());
  }
  SUBCASE("by a removal") {
    store.list();
    hooks.on_lock = [&] { blobs->remove(archive_name); };
    const auto error = test::error_of([&] { store.remove(test::sample_id()); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::not_found);
    CHECK(error->message() == "backup metadata \"" + test::sample_id() + "\" not found");
  }
}

TEST_CASE("an archive whose record cannot be written is taken back") {
  const test::Scratch scratch;
  const auto blobs = jujubackup::make_memory_store();
  Hooks hooks;
  hooks.on_commit = [](const std::string& name) {
    if (name == beside_name) throw Error(ErrorCode::no_space, "full");
  };
  BackupStore store(std::make_unique<HookedStore>(*blobs, hooks));
  const auto error = test::error_of([&] { test::add_text(store, test::sample_archive(scratch)); });
  REQUIRE(error);
  CHECK(error->message() == "full");
  CHECK(blobs->list().empty());
}

TEST_CASE("somebody who publishes the same ID in between wins") {
  const test::Scratch scratch;
  const auto blobs = jujubackup::make_memory_store();
  Hooks hooks;
  hooks.on_lock = [&] { put(*blobs, archive_name, "the other's"); };
  BackupStore store(std::make_unique<HookedStore>(*blobs, hooks));
  for (const auto& error : {test::error_of([&] { test::add_text(store, test::sample_archive(scratch)); }),
                            test::error_of([&] { store.create(test::sample_input(scratch)); })}) {
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::exists);
    CHECK(error->message() == "backup metadata \"" + test::sample_id() + "\" already exists");
    CHECK(test::read_all(*blobs->get(archive_name)) == "the other's");
    CHECK(blobs->list().size() == 1);
  }
}

TEST_CASE("a store that is busy or may only be read is listed and verified all the same") {
  const test::Scratch scratch;
  const auto blobs = jujubackup::make_memory_store();
  put(*blobs, "mine.tar.gz", test::sample_archive(scratch));
  Hooks hooks;
  SUBCASE("busy") {
    hooks.on_lock = [] { throw Error(ErrorCode::busy, "busy"); };
  }
  SUBCASE("read-only") { hooks.writable = false; }
  BackupStore store(std::make_unique<HookedStore>(*blobs, hooks));
  CHECK(store.list().backups.size() == 1);
  CHECK(store.show(test::sample_id()).file_name == "mine.tar.gz");
  CHECK(store.verify(test::sample_id(), jujubackup::Depth::full).verdict() == jujubackup::Verdict::ok);
  CHECK(blobs->list().size() == 1);
}
