#include <sys/stat.h>

#include <filesystem>

#include <jujubackup/store_backend.hpp>

#include "store_support.hpp"

using jujubackup::BackupStore;
using jujubackup::Depth;
using jujubackup::ErrorCode;
using jujubackup::Verdict;

namespace {

std::string name_of(int second, const char* ending = ".tar.gz") { return "juju-backup-" + test::sample_id(second) + ending; }

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  std::erase(names, ".lock");
  return names;
}

std::vector<std::string> ids_in(const jujubackup::Listing& listing) {
  std::vector<std::string> ids;
  for (const auto& record : listing.backups) ids.push_back(record.id);
  return ids;
}

}  // namespace

TEST_CASE("create: written and verified in one pass, then published, with a record") {
  const test::Scratch scratch;
  for (const std::string& url : {"file:" + (scratch / "store"), std::string("mem:")}) {
    CAPTURE(url);
    auto store = BackupStore::open(url);
    auto input = test::sample_input(scratch);
    input.warnings = {"var/lib/juju/nonce.txt is missing"};
    jujubackup::Job job;
    std::vector<jujubackup::Phase> phases;
    job.on_progress([&](const jujubackup::Progress& progress) {
      if (phases.empty() || phases.back() != progress.phase) phases.push_back(progress.phase);
    });
    const auto record = store.create(input, {}, &job);
    using jujubackup::Phase;
    REQUIRE(phases.size() >= 2);
    CHECK(std::vector<Phase>(phases.end() - 2, phases.end()) == std::vector<Phase>{Phase::writing, Phase::publishing});
    CHECK(record.id == test::sample_id());
    CHECK(record.file_name == name_of(4));
    CHECK(record.warnings == input.warnings);
    CHECK_FALSE(record.adopted);
    CHECK_FALSE(record.verified.is_zero());
    CHECK(record.metadata.id == record.id);
    CHECK(record.metadata.size_bytes == static_cast<std::int64_t>(record.size_bytes));
    CHECK(record.metadata.checksum == record.sha1_base64);
    CHECK(record.metadata.checksum_format == "SHA-1, base64 encoded");
    CHECK_FALSE(record.metadata.stored.is_zero());
    CHECK_FALSE(record.metadata.finished.is_zero());
    CHECK_FALSE(record.metadata.ca_private_key);
    CHECK(record.metadata.ca_cert == input.metadata.ca_cert);

    const auto listing = store.list();
    CHECK(listing.problems.empty());
    REQUIRE(listing.backups.size() == 1);
    CHECK(listing.backups[0].metadata == record.metadata);
    CHECK(store.show(record.id).sha256_hex == record.sha256_hex);
    const std::string bytes = test::read_all(*store.open_archive(record.id));
    CHECK(bytes.size() == record.size_bytes);
    // The key is kept for a restore, in the archive alone.
    auto archive = jujubackup::Archive::open(store.open_archive(record.id));
    CHECK(archive.metadata()->ca_private_key == test::sample_secret);

    const auto again = test::error_of([&] { store.create(input); });
    REQUIRE(again);
    CHECK(again->code() == ErrorCode::exists);
    CHECK(again->message() == "backup metadata \"" + record.id + "\" already exists");
    store.remove(record.id);
    CHECK(store.list().backups.empty());
  }
  CHECK(files_in(scratch / "store").empty());
}

TEST_CASE("create: at the level that leaves the check out, a backup is not verified until it is") {
  const test::Scratch scratch;
  auto store = BackupStore::open("file:" + (scratch / "store"));
  jujubackup::WriteOptions options;
  options.level = jujubackup::Level::fast;
  const auto record = store.create(test::sample_input(scratch), options);
  CHECK(record.verified.is_zero());
  CHECK(store.show(record.id).verified.is_zero());
  const auto report = store.verify(record.id, Depth::full);
  CHECK(report.verdict() == Verdict::ok);
  CHECK(report.manifest_checked);
  CHECK_FALSE(store.show(record.id).verified.is_zero());
}

TEST_CASE("create: an archive that could not be restored is not kept") {
  const test::Scratch scratch;
  auto store = BackupStore::open(scratch / "store");
  auto input = test::sample_input(scratch);
  input.dump_files.clear();
  const auto error = test::error_of([&] { store.create(input); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::corrupt);
  CHECK(error->message().starts_with("the new archive does not verify: dump-"));
  CHECK(files_in(scratch / "store").empty());
}

TEST_CASE("add: copied, verified, published") {
  const test::Scratch scratch;
  auto store = BackupStore::open(scratch / "store");
  const std::string archive = test::sample_archive(scratch);
  const auto record = test::add_text(store, archive);
  CHECK(record.id == test::sample_id());
  CHECK(record.size_bytes == archive.size());
  CHECK_FALSE(record.metadata.ca_private_key);
  CHECK_FALSE(record.verified.is_zero());
  CHECK(files_in(scratch / "store") == std::vector<std::string>{name_of(4, ".json"), name_of(4)});
  CHECK(test::read_file(scratch / "store/" + name_of(4)) == archive);
  CHECK(test::read_file(scratch / "store/" + name_of(4, ".json")).find("PRIVATE KEY") == std::string::npos);
  struct stat status = {};
  REQUIRE(::stat((scratch / "store/" + name_of(4, ".json")).c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);

  const auto error = test::error_of([&] { test::add_text(store, archive); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::exists);
  CHECK(error->message() == "backup metadata \"" + record.id + "\" already exists");
  CHECK(files_in(scratch / "store").size() == 2);
}

TEST_CASE("add: what does not verify is refused, at every cut") {
  const test::Scratch scratch;
  auto store = BackupStore::open(scratch / "store");
  const std::string archive = test::sample_archive(scratch);
  for (std::size_t cut = 0; cut < archive.size(); cut += 37) {
    const auto error = test::error_of([&] { test::add_text(store, archive.substr(0, cut)); });
    REQUIRE_MESSAGE(error, cut);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(error->message().starts_with("upload.tar.gz does not verify: "));
  }
  const auto error = test::error_of([&] { test::add_text(store, "hello"); });
  REQUIRE(error);
  CHECK(error->message() == "upload.tar.gz does not verify: gzip-not: offset 0: not a gzip file");
  CHECK(files_in(scratch / "store").empty());

  // Kept when asked for, but not called good.
  const auto record = test::add_text(store, archive.substr(0, archive.size() - 20), {.accept_bad = true});
  CHECK(record.id == test::sample_id());
  CHECK(record.verified.is_zero());
  CHECK(store.verify(record.id, Depth::full).verdict() == Verdict::bad);
  CHECK(store.show(record.id).verified.is_zero());
  CHECK(test::read_all(*store.open_archive(record.id)).size() == archive.size() - 20);
}

TEST_CASE("add: cancelled at any moment, it leaves nothing") {
  const test::Scratch scratch;
  auto store = BackupStore::open(scratch / "store");
  const std::string archive = test::sample_archive(scratch);
  for (const auto phase : {jujubackup::Phase::copying, jujubackup::Phase::publishing}) {
    jujubackup::Job job;
    job.on_progress([&](const jujubackup::Progress& progress) {
      if (progress.phase == phase) job.cancel();
    });
    const auto source = jujubackup::source_of_memory(test::bytes_of(archive), "memory");
    const auto result = test::error_of([&] { store.add(*source, {}, &job); });
    // Nothing asks any more once the publishing has begun.
    if (phase == jujubackup::Phase::publishing) {
      CHECK_FALSE(result);
      continue;
    }
    REQUIRE(result);
    CHECK(result->code() == ErrorCode::cancelled);
    CHECK(files_in(scratch / "store").empty());
  }
}

TEST_CASE("list: archives that somebody dropped in are adopted") {
  const test::Scratch scratch;
  test::write_file(scratch / "store/mine.tgz", test::sample_archive(scratch, 1));
  test::write_file(scratch / "store/" + name_of(3), test::sample_archive(scratch, 3));
  test::write_file(scratch / "store/notes.txt", "not an archive");
  test::write_file(scratch / "store/broken.tar.gz", "hello");
  auto store = BackupStore::open(scratch / "store");
  for (int round = 0; round < 2; ++round) {
    const auto listing = store.list();
    CHECK(ids_in(listing) == std::vector<std::string>{test::sample_id(1), test::sample_id(3)});
    REQUIRE(listing.problems.size() == 1);
    CHECK(listing.problems[0].starts_with("broken.tar.gz: "));
    for (const auto& record : listing.backups) {
      CHECK(record.adopted);
      CHECK(record.sha1_base64.empty());
      CHECK(record.verified.is_zero());
      CHECK_FALSE(record.metadata.finished.is_zero());
      CHECK_FALSE(record.metadata.ca_private_key);
    }
    CHECK(listing.backups[0].file_name == "mine.tgz");
    CHECK(std::filesystem::exists(scratch / "store/mine.json"));
    CHECK(std::filesystem::exists(scratch / "store/" + name_of(3, ".json")));
    CHECK_FALSE(std::filesystem::exists(scratch / "store/broken.json"));
  }
  // They are found by ID, whatever they are called, and verified on demand.
  const std::string id = test::sample_id(1);
  CHECK(store.show(id).file_name == "mine.tgz");
  CHECK(store.verify(id, Depth::quick).verdict() == Verdict::ok);
  CHECK(store.show(id).sha1_base64.empty());
  const auto report = store.verify(id, Depth::full);
  CHECK(report.verdict() == Verdict::ok);
  const auto record = store.show(id);
  CHECK(record.sha1_base64 == report.sha1_base64);
  CHECK(record.sha256_hex == report.sha256_hex);
  CHECK(record.metadata.checksum == report.sha1_base64);
  CHECK_FALSE(record.verified.is_zero());
  CHECK(record.adopted);
  const auto exists = test::error_of([&] { test::add_text(store, test::sample_archive(scratch, 1)); });
  REQUIRE(exists);
  CHECK(exists->code() == ErrorCode::exists);
  store.remove(id);
  CHECK_FALSE(std::filesystem::exists(scratch / "store/mine.tgz"));
  CHECK_FALSE(std::filesystem::exists(scratch / "store/mine.json"));
}

TEST_CASE("list: of two files with one ID the canonical name wins") {
  const test::Scratch scratch;
  const std::string archive = test::sample_archive(scratch);
  test::write_file(scratch / "store/a-copy.tar.gz", archive);
  test::write_file(scratch / "store/z-copy.tar.gz", archive);
  auto store = BackupStore::open(scratch / "store");
  auto listing = store.list();
  REQUIRE(listing.backups.size() == 1);
  CHECK(listing.backups[0].file_name == "a-copy.tar.gz");
  CHECK(listing.problems == std::vector<std::string>{"z-copy.tar.gz: repeats the backup " + test::sample_id() + " of a-copy.tar.gz"});
  test::write_file(scratch / "store/" + name_of(4), archive);
  listing = store.list();
  REQUIRE(listing.backups.size() == 1);
  CHECK(listing.backups[0].file_name == name_of(4));
  CHECK(listing.problems.size() == 2);
}

TEST_CASE("list: two archives that would share a record") {
  const test::Scratch scratch;
  test::write_file(scratch / "store/same.tar.gz", test::sample_archive(scratch, 1));
  test::write_file(scratch / "store/same.tgz", test::sample_archive(scratch, 2));
  auto store = BackupStore::open(scratch / "store");
  for (int round = 0; round < 2; ++round) {
    const auto listing = store.list();
    CHECK(ids_in(listing) == std::vector<std::string>{test::sample_id(1), test::sample_id(2)});
    CHECK(listing.problems.empty());
  }
  store.remove(test::sample_id(2));
  CHECK(files_in(scratch / "store") == std::vector<std::string>{"same.json", "same.tar.gz"});
}

TEST_CASE("list: records are mended, kept or left alone") {
  const test::Scratch scratch;
  auto store = BackupStore::open(scratch / "store");
  const std::string archive = test::sample_archive(scratch);
  const auto record = test::add_text(store, archive);
  const std::string archive_path = scratch / "store/" + name_of(4);
  const std::string record_path = scratch / "store/" + name_of(4, ".json");
  const std::string good = test::read_file(record_path);

  SUBCASE("a damaged one is made anew") {
    test::write_file(record_path, good.substr(0, 100));
    CHECK(store.list().backups.at(0).adopted);
    CHECK(test::read_file(record_path).starts_with("{\n  \"format\": 1,"));
  }
  SUBCASE("one of a later version is left alone") {
    test::write_file(record_path, "{\"format\": 2}");
    CHECK(store.list().backups.at(0).adopted);
    CHECK(store.show(record.id).id == record.id);
    CHECK(test::read_file(record_path) == "{\"format\": 2}");
  }
  SUBCASE("one that is missing is made anew") {
    std::filesystem::remove(record_path);
    CHECK(store.show(record.id).adopted);
    CHECK(std::filesystem::exists(record_path));
  }
  SUBCASE("one that disagrees with the archive is kept as evidence") {
    test::write_file(archive_path, archive.substr(0, 500));
    const auto listing = store.list();
    REQUIRE(listing.problems.size() == 1);
    CHECK(listing.problems[0] == name_of(4) + ": has 500 bytes, its record says " + std::to_string(archive.size()));
    CHECK(ids_in(listing) == std::vector<std::string>{record.id});
    const auto report = store.verify(record.id, Depth::full);
    CHECK(report.verdict() == Verdict::bad);
    CHECK(report.has("recorded-size"));
    CHECK(report.has("recorded-sha256"));
    CHECK(test::read_file(record_path) == good);
  }
  SUBCASE("without an archive it goes, other files stay") {
    std::filesystem::remove(archive_path);
    test::write_file(scratch / "store/other.json", "{\"format\": 1}");
    test::write_file(scratch / "store/copy.json", good);
    CHECK(store.list().backups.empty());
    CHECK(files_in(scratch / "store") == std::vector<std::string>{"copy.json", "other.json"});
  }
}

TEST_CASE("verify: another file of the same size, and one that is no archive any more") {
  const test::Scratch scratch;
  auto store = BackupStore::open(scratch / "store");
  std::string archive = test::sample_archive(scratch);
  const auto record = test::add_text(store, archive);
  const std::string path = scratch / "store/" + name_of(4);
  archive[archive.size() / 2] = static_cast<char>(archive[archive.size() / 2] ^ 1);
  test::write_file(path, archive);
  CHECK(store.verify(record.id, Depth::full).has("recorded-sha1"));
  const auto copying = test::error_of([&] { test::read_all(*store.open_archive(record.id)); });
  REQUIRE(copying);
  CHECK(copying->code() == ErrorCode::corrupt);
  test::write_file(path, std::string(archive.size(), '\0'));
  const auto report = store.verify(record.id, Depth::quick);
  CHECK(report.verdict() == Verdict::bad);
  CHECK(report.has("gzip-not"));
}

TEST_CASE("an archive without metadata is told by the time it came") {
  const test::Scratch scratch;
  auto store = BackupStore::open("mem:");
  // The end of an empty tar, in gzip; nothing of a backup is in it.
  const std::string empty_tar(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x63\x60\x18\x05\xa3\x60\x14\x8c\x54\x00\x00\x2e\xaf\xb5\xef\x00\x04\x00\x00", 29);
  CHECK(test::error_of([&] { test::add_text(store, empty_tar); })->code() == ErrorCode::corrupt);
  const auto record = test::add_text(store, empty_tar, {.accept_bad = true});
  CHECK(record.metadata.started.is_zero());
  CHECK(record.id == record.metadata.finished.compact() + ".<unknown>");
  CHECK(record.metadata.format_version == jujubackup::metadata_unknown_integer);
  CHECK(store.show(record.id).metadata == record.metadata);
}

TEST_CASE("IDs that are none are not found, and shown as Go quotes them") {
  const test::Scratch scratch;
  auto store = BackupStore::open(scratch.path());
  test::write_file(scratch / "x.tar.gz", "secret");
  struct Case {
    std::string id, message;
  };
  for (const Case& c : {Case{"x", "backup metadata \"x\" not found"},
                        {"", "backup metadata \"\" not found"},
                        {"../../etc/passwd", "backup metadata \"../../etc/passwd\" not found"},
                        {"a\x1b[31m\n\"", "backup metadata \"a\\x1b[31m\\n\\\"\" not found"},
                        {test::sample_id(), "backup metadata \"" + test::sample_id() + "\" not found"}}) {
    for (const auto& error : {test::error_of([&] { store.show(c.id); }), test::error_of([&] { store.open_archive(c.id); }),
                              test::error_of([&] { store.verify(c.id, Depth::quick); }), test::error_of([&] { store.remove(c.id); })}) {
      REQUIRE(error);
      CHECK(error->code() == ErrorCode::not_found);
      CHECK(error->message() == c.message);
    }
  }
}

TEST_CASE("metadata that would make a file name escape is refused") {
  const test::Scratch scratch;
  auto store = BackupStore::open(scratch / "store");
  auto input = test::sample_input(scratch);
  input.metadata.model_uuid = "../../evil";
  const auto error = test::error_of([&] { store.create(input); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::corrupt);
  CHECK(error->message() == "the metadata gives no usable backup ID: model \"../../evil\"");
  jujubackup::MemorySink sink(1 << 20);
  jujubackup::write_archive(input, sink);
  CHECK(test::error_of([&] { test::add_text(store, sink.text()); })->code() == ErrorCode::corrupt);
  test::write_file(scratch / "store/x.tar.gz", sink.text());
  CHECK(store.list().problems == std::vector<std::string>{"x.tar.gz: the metadata gives no usable backup ID: model \"../../evil\""});
}

TEST_CASE("a store that does not exist is empty") {
  const test::Scratch scratch;
  auto store = BackupStore::open(scratch / "none");
  CHECK(store.list().backups.empty());
  CHECK(test::error_of([&] { store.show(test::sample_id()); })->code() == ErrorCode::not_found);
  CHECK_FALSE(std::filesystem::exists(scratch / "none"));
}
