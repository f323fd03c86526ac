// A controller as a store: everything but the wire, with a controller that a test makes up.
#include "controller/controller_backend.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <jujubackup/archive.hpp>

#include "../store/store_support.hpp"
#include "controller/rpc.hpp"
#include "crypto/digest.hpp"

using jujubackup::ArchiveCheck;
using jujubackup::BackupStore;
using jujubackup::Depth;
using jujubackup::Error;
using jujubackup::ErrorCode;
using jujubackup::Job;
using jujubackup::Metadata;
using jujubackup::RpcError;
using jujubackup::Source;
using jujubackup::Verdict;

namespace {

struct Kept {
  Metadata metadata;
  std::string bytes;
};

// What the controller has, and how it misbehaves; outlives the store.
struct World {
  std::map<std::string, Kept> kept;
  bool takes_uploads = true;
  std::optional<Error> upload_fails;
  bool loses_checksum = false;
  bool forgets = false;  // says that it has stored what it then does not know
  std::string remove_error;
  int uploads = 0, shows = 0, downloads = 0;
};

class FakeRemote final : public jujubackup::RemoteBackups {
 public:
  explicit FakeRemote(World& world) : world_(world) {}
  std::string url() const override { return "juju:fake"; }
  void check_takes_uploads(Job*) override {
    if (!world_.takes_uploads) throw Error(ErrorCode::unsupported, "no uploads here");
  }
  std::vector<Metadata> list(Job*) override {
    std::vector<Metadata> all;
    for (const auto& [id, kept] : world_.kept) all.push_back(kept.metadata);
    std::reverse(all.begin(), all.end());
    return all;
  }
  Metadata show(std::string_view id, Job*) override {
    ++world_.shows;
    const auto found = world_.kept.find(std::string(id));
    if (found == world_.kept.end()) throw RpcError("backup metadata \"" + std::string(id) + "\" not found", "not found");
    return found->second.metadata;
  }
  jujubackup::RemoveResult remove(const std::string& id) override {
    if (world_.remove_error.empty()) world_.kept.erase(id);
    return {id, world_.remove_error};
  }
  std::unique_ptr<Source> download(std::string_view id, const Metadata* expected, Job*) override {
    ++world_.downloads;
    last_expected_checksum = expected != nullptr ? expected->checksum : "";
    return jujubackup::source_of_memory(test::bytes_of(world_.kept.at(std::string(id)).bytes), "the controller");
  }
  std::string upload(Source& archive, const Metadata& metadata, ArchiveCheck, Job*) override {
    ++world_.uploads;
    if (world_.upload_fails) throw Error(*world_.upload_fails);
    Kept kept{metadata, test::read_all(archive)};
    CHECK(metadata.id.empty());
    CHECK(metadata.stored.is_zero());
    CHECK_FALSE(metadata.ca_private_key);
    kept.metadata.id = test::sample_id(static_cast<int>(metadata.started.unix_seconds() % 10));
    kept.metadata.stored = jujubackup::Timestamp::now();
    // Controllers hand it out in some releases.
    kept.metadata.ca_private_key = test::sample_secret;
    if (world_.loses_checksum) kept.metadata.checksum = "2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
    const std::string id = kept.metadata.id;
    if (!world_.forgets) world_.kept[id] = std::move(kept);
    return id;
  }
  static inline std::string last_expected_checksum;

 private:
  World& world_;
};

BackupStore store_on(World& world) { return BackupStore(jujubackup::make_controller_backend(std::make_unique<FakeRemote>(world))); }

// Read once, from its start to its end.
class PipeSource final : public Source {
 public:
  explicit PipeSource(std::string_view text) : memory_(jujubackup::source_of_memory(test::bytes_of(text), "the pipe")) {}
  std::size_t read(std::span<std::byte> into) override { return memory_->read(into); }
  void rewind() override { FAIL("rewound"); }
  std::optional<std::uint64_t> size() const override { return says; }
  std::string name() const override { return "the pipe"; }
  std::optional<std::uint64_t> says;

 private:
  std::unique_ptr<Source> memory_;
};

std::string sha1_of(std::string_view text) {
  jujubackup::Digest digest(jujubackup::Digest::Kind::sha1);
  digest.update(test::bytes_of(text));
  return digest.finish_base64();
}

}  // namespace

TEST_CASE("adding to a controller") {
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  World world;
  BackupStore store = store_on(world);
  jujubackup::BackupRecord record;
  SUBCASE("what can be read twice") { record = test::add_text(store, archive); }
  SUBCASE("a pipe") {
    PipeSource pipe(archive);
    record = store.add(pipe);
  }
  CHECK(record.id == test::sample_id());
  CHECK(record.file_name == "juju-backup-" + test::sample_id() + ".tar.gz");
  CHECK(record.size_bytes == archive.size());
  CHECK(record.sha1_base64 == sha1_of(archive));
  CHECK(record.metadata.notes == "before <the> upgrade");
  CHECK_FALSE(record.metadata.stored.is_zero());
  CHECK_FALSE(record.metadata.finished.is_zero());
  CHECK_FALSE(record.metadata.ca_private_key);
  CHECK(world.kept.at(record.id).bytes == archive);

  const auto shown = store.show(record.id);
  CHECK(shown.id == record.id);
  CHECK(shown.sha1_base64 == record.sha1_base64);
  CHECK_FALSE(shown.metadata.ca_private_key);
  const auto source = store.open_archive(record.id);
  CHECK(FakeRemote::last_expected_checksum == record.sha1_base64);
  CHECK(test::read_all(*source) == archive);

  // Known before anything is sent.
  const auto error = test::error_of([&] { test::add_text(store, archive); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::exists);
  CHECK(error->message() == "backup metadata \"" + record.id + "\" already exists");
  CHECK(world.uploads == 1);
}

TEST_CASE("what does not get to the controller") {
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  World world;
  BackupStore store = store_on(world);
  SUBCASE("a damaged archive") {
    std::string damaged = archive;
    damaged[damaged.size() / 2] ^= 1;
    const auto error = test::error_of([&] { test::add_text(store, damaged); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(error->message().starts_with("upload.tar.gz does not verify: "));
  }
  SUBCASE("a pipe that ends early") {
    PipeSource pipe(std::string_view(archive).substr(0, archive.size() - 1));
    pipe.says = archive.size();
    const auto error = test::error_of([&] { store.add(pipe); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::io);
    CHECK(error->retry_may_help());
  }
  SUBCASE("anything, where none is taken") {
    world.takes_uploads = false;
    CHECK(test::error_of([&] { test::add_text(store, archive); })->message() == "no uploads here");
    CHECK(test::error_of([&] { store.create(test::sample_input(scratch)); })->message() == "no uploads here");
    CHECK(world.shows == 0);
  }
  CHECK(world.uploads == 0);
  CHECK(world.kept.empty());
}

namespace {

// A file that somebody writes to after the first reading.
class ChangingSource final : public Source {
 public:
  ChangingSource(std::string before, std::string after) : before_(std::move(before)), after_(std::move(after)) { rewind(); }
  std::size_t read(std::span<std::byte> into) override { return now_->read(into); }
  void rewind() override {
    now_ = jujubackup::source_of_memory(test::bytes_of(readings_ == 0 ? before_ : after_), "upload.tar.gz");
    ++readings_;
  }
  std::optional<std::uint64_t> size() const override { return before_.size(); }
  bool random_access() const noexcept override { return true; }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override { return now_->read_at(offset, into); }
  std::string name() const override { return "upload.tar.gz"; }

 private:
  std::string before_, after_;
  int readings_ = 0;
  std::unique_ptr<Source> now_;
};

}  // namespace

TEST_CASE("an archive that changes while it is sent") {
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  World world;
  BackupStore store = store_on(world);
  std::string after = archive;
  SUBCASE("a bit") { after[after.size() / 2] ^= 1; }
  SUBCASE("shorter") { after.pop_back(); }
  SUBCASE("longer") { after += '\0'; }
  // As good as the first one, but its checksum is another.
  SUBCASE("another archive") { after = test::sample_archive(scratch, 7); }
  ChangingSource source(archive, after);
  const auto error = test::error_of([&] { store.add(source); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::corrupt);
  CHECK(error->message() == "upload.tar.gz changed after it was verified");
  CHECK(world.uploads == 1);
  CHECK(world.kept.empty());
  // And if it does not change, this source is as good as any other.
  ChangingSource steady(archive, archive);
  CHECK(store.add(steady).sha1_base64 == sha1_of(archive));
}

TEST_CASE("an archive that is not the one that was recorded") {
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  World world;
  BackupStore store = store_on(world);
  const auto error = test::error_of([&] { test::add_text(store, archive, {.expected_sha1_base64 = sha1_of("")}); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::corrupt);
  CHECK(error->message() == "upload.tar.gz: the bytes are not those that were recorded (SHA-1)");
  CHECK(world.uploads == 0);
  CHECK(test::add_text(store, archive, {.expected_sha1_base64 = sha1_of(archive)}).size_bytes == archive.size());
}

TEST_CASE("a bad archive that is wanted all the same") {
  const test::Scratch scratch;
  auto input = test::sample_input(scratch);
  test::write_file(scratch / "sample/dump/juju/models.bson", std::string("\x09\0\0\0\0", 5));
  jujubackup::MemorySink sink(std::size_t{1} << 20);
  jujubackup::write_archive(input, sink);
  World world;
  BackupStore store = store_on(world);
  CHECK(test::error_of([&] { test::add_text(store, sink.text()); })->code() == ErrorCode::corrupt);
  CHECK(test::add_text(store, sink.text(), {.accept_bad = true}).id == test::sample_id());
  CHECK(store.verify(test::sample_id(), Depth::full).verdict() == Verdict::bad);
}

TEST_CASE("uploads that end badly") {
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  World world;
  BackupStore store = store_on(world);
  const std::string id = test::sample_id();
  ErrorCode code{};
  std::string message;
  SUBCASE("somebody was faster") {
    world.upload_fails = Error(ErrorCode::exists, "while storing backup archive: ...");
    code = ErrorCode::exists;
    message = "backup metadata \"" + id + "\" already exists";
  }
  SUBCASE("the controller says something else of it") {
    world.loses_checksum = true;
    code = ErrorCode::corrupt;
    const std::string bytes = std::to_string(archive.size());
    message = "the copy on the controller, \"" + id + "\", is bad: it has " + bytes +
              " bytes with SHA-1 \"2jmj7l5rSw0yVb/vlWAYkK/YBwk=\", not " + bytes + " bytes with SHA-1 \"" + sha1_of(archive) +
              "\"; upload.tar.gz was not touched";
  }
  SUBCASE("the controller does not know it") {
    world.forgets = true;
    code = ErrorCode::corrupt;
    message = "the copy on the controller, \"" + id + "\", cannot be found there; upload.tar.gz was not touched";
  }
  const auto error = test::error_of([&] { test::add_text(store, archive); });
  REQUIRE(error);
  CHECK(error->code() == code);
  CHECK(error->message() == message);
}

TEST_CASE("creating on a controller") {
  const test::Scratch scratch;
  World world;
  BackupStore store = store_on(world);
  auto input = test::sample_input(scratch);
  input.warnings.emplace_back("left something out");
  const auto record = store.create(input);
  CHECK(record.id == test::sample_id());
  CHECK(record.sha1_base64 == sha1_of(world.kept.at(record.id).bytes));
  CHECK(record.warnings == std::vector<std::string>{"left something out"});
  CHECK(store.verify(record.id, Depth::full).verdict() != Verdict::bad);
  CHECK(test::error_of([&] { store.create(input); })->message() == "backup metadata \"" + record.id + "\" already exists");

  auto bad = test::sample_input(scratch, 5);
  test::write_file(scratch / "sample/dump/juju/models.bson", std::string("\x09\0\0\0\0", 5));
  const auto error = test::error_of([&] { store.create(bad); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::corrupt);
  CHECK(error->message().starts_with("the new archive does not verify: "));
  CHECK(world.kept.size() == 1);
}

TEST_CASE("verifying what a controller keeps") {
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  World world;
  BackupStore store = store_on(world);
  const std::string id = test::add_text(store, archive).id;
  for (const Depth depth : {Depth::quick, Depth::full}) {
    const auto good = store.verify(id, depth);
    CHECK(good.verdict() == Verdict::ok);
    CHECK(good.size_bytes == archive.size());
  }
  CHECK(FakeRemote::last_expected_checksum.empty());
  world.kept[id].bytes += "x";
  CHECK(store.verify(id, Depth::full).has("recorded-size"));
  world.kept[id].bytes = archive;
  world.kept[id].metadata.checksum = "2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
  CHECK(store.verify(id, Depth::full).has("recorded-sha1"));
  CHECK(test::error_of([&] { store.verify(test::sample_id(9), Depth::full); })->code() == ErrorCode::not_found);
}

TEST_CASE("listing, showing, removing") {
  const test::Scratch scratch;
  World world;
  BackupStore store = store_on(world);
  for (const int second : {6, 4, 5}) test::add_text(store, test::sample_archive(scratch, second));
  Kept odd = world.kept.begin()->second;
  odd.metadata.id = "../../etc\n";
  world.kept["odd"] = odd;
  const auto listing = store.list();
  REQUIRE(listing.backups.size() == 3);
  for (int i = 0; i < 3; ++i) CHECK(listing.backups[static_cast<std::size_t>(i)].id == test::sample_id(4 + i));
  REQUIRE(listing.problems.size() == 1);
  CHECK(listing.problems.front() == "\"../../etc\\n\": the controller names a backup by what is no backup ID");

  // A path would have the controller delete files.
  world.kept["/var/backups/juju-backup.tar.gz"] = odd;
  for (const char* id : {"", "none", "/var/backups/juju-backup.tar.gz", "odd", "../x"}) {
    CAPTURE(id);
    const std::string text = "backup metadata \"" + std::string(id) + "\" not found";
    CHECK(test::error_of([&] { store.show(id); })->message() == text);
    CHECK(test::error_of([&] { store.open_archive(id); })->message() == text);
    CHECK(test::error_of([&] { store.remove(id); })->message() == text);
    CHECK(test::error_of([&] { store.verify(id, Depth::full); })->message() == text);
  }
  CHECK(world.downloads == 0);
  // Another backup than the one that was asked for.
  world.kept[test::sample_id(9)] = world.kept[test::sample_id(4)];
  CHECK(test::error_of([&] { store.show(test::sample_id(9)); })->code() == ErrorCode::corrupt);
  world.kept.erase(test::sample_id(9));

  world.remove_error = "not found";
  CHECK(test::error_of([&] { store.remove(test::sample_id()); })->code() == ErrorCode::not_found);
  world.remove_error = "the disk is broken";
  const auto error = test::error_of([&] { store.remove(test::sample_id()); });
  REQUIRE(error);
  CHECK(error->message() == "removing backup \"" + test::sample_id() + "\": the disk is broken");
  world.remove_error.clear();
  store.remove(test::sample_id());
  CHECK_FALSE(world.kept.contains(test::sample_id()));
}
