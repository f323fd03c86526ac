// Encrypted backups in a store: made, added, found, shown and verified, with a key and without.
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <jujubackup/archive.hpp>
#include <jujubackup/encryption.hpp>
#include <jujubackup/store_backend.hpp>

#include "crypto/digest.hpp"
#include "store/record.hpp"
#include "store_support.hpp"

using jujubackup::AddOptions;
using jujubackup::BackupRecord;
using jujubackup::BackupStore;
using jujubackup::Depth;
using jujubackup::ErrorCode;
using jujubackup::Source;
using jujubackup::StoreEncryption;
using jujubackup::Verdict;

namespace {

struct Key {
  std::shared_ptr<const jujubackup::Identities> identities;
  std::shared_ptr<const jujubackup::Recipients> recipients;
};

Key make_key() {
  const jujubackup::NewIdentity made = jujubackup::make_identity();
  auto identities = std::make_shared<jujubackup::Identities>();
  identities->add(made.secret.text());
  auto recipients = std::make_shared<jujubackup::Recipients>();
  recipients->add(made.recipient);
  return {std::move(identities), std::move(recipients)};
}

std::string encrypt(std::string_view text, const Key& key, bool armor = false) {
  jujubackup::MemorySink out(std::size_t{8} << 20);
  const auto sink = jujubackup::encrypting_sink(out, *key.recipients, {.armor = armor});
  sink->write(test::bytes_of(text));
  sink->finish();
  return out.text();
}

// Can be read once.
class Pipe final : public Source {
 public:
  Pipe(std::string text, std::string name) : text_(std::move(text)), name_(std::move(name)) {}
  std::size_t read(std::span<std::byte> into) override {
    const std::size_t got = std::min({into.size(), std::size_t{1009}, text_.size() - position_});
    std::ranges::copy(test::bytes_of(text_).subspan(position_, got), into.begin());
    position_ += got;
    return got;
  }
  void rewind() override { FAIL("rewound"); }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  std::string name() const override { return name_; }

 private:
  std::string text_, name_;
  std::size_t position_ = 0;
};

// A store in a directory, and the blobs in it.
struct Place {
  test::Scratch scratch;
  BackupStore store = open();
  BackupStore open() const { return BackupStore::open(scratch / "store"); }
  std::unique_ptr<jujubackup::BlobStore> blobs() const { return jujubackup::open_directory_store(scratch / "store"); }
  std::string blob(const std::string& name) const { return test::read_all(*blobs()->get(name)); }
  void put(const std::string& name, std::string_view text) const {
    const auto writer = blobs()->put(0);
    writer->write(test::bytes_of(text));
    writer->commit(name, true);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& blob : blobs()->list()) names.push_back(blob.name);
    return names;
  }
};

const std::string file_name = "juju-backup-" + test::sample_id() + ".tar.gz.age";
const std::string beside_name = "juju-backup-" + test::sample_id() + ".json";

void check_digests(const BackupRecord& record, const std::string& bytes) {
  jujubackup::Digest sha1(jujubackup::Digest::Kind::sha1), sha256(jujubackup::Digest::Kind::sha256);
  sha1.update(test::bytes_of(bytes));
  sha256.update(test::bytes_of(bytes));
  CHECK(record.encrypted);
  CHECK(record.id == test::sample_id());
  CHECK(record.metadata.id == test::sample_id());
  CHECK(record.file_name == file_name);
  CHECK(record.size_bytes == bytes.size());
  CHECK(record.metadata.size_bytes == static_cast<std::int64_t>(bytes.size()));
  CHECK(record.sha1_base64 == sha1.finish_base64());
  CHECK(record.metadata.checksum == record.sha1_base64);
  CHECK(record.sha256_hex == sha256.finish_hex());
  CHECK_FALSE(record.metadata.ca_private_key);
}

void check_full(const BackupRecord& record) {
  CHECK(record.metadata.notes == "before <the> upgrade");
  CHECK(record.metadata.version.to_string() == "2.0.0");
}

void check_bare(const BackupRecord& record) {
  CHECK(record.metadata.started.rfc3339().starts_with("2016-11-02T08:15:04"));
  CHECK(record.metadata.model_uuid == test::sample_model);
  CHECK(record.metadata.notes.empty());
  CHECK(record.metadata.hostname.empty());
  CHECK(record.metadata.version.is_zero());
  CHECK_FALSE(record.metadata.ca_cert);
  CHECK(record.warnings.empty());
}

// By a store that is opened anew, with the key and without.
void check_reading(const Place& place, const Key& key, const std::string& content) {
  auto store = place.open();
  CHECK(store.list().problems.empty());
  REQUIRE(store.list().backups.size() == 1);
  const std::string bytes = place.blob(file_name);
  CHECK(test::read_all(*store.open_archive(test::sample_id())) == bytes);
  for (const auto& identities : {std::shared_ptr<const jujubackup::Identities>(), make_key().identities}) {
    store.set_identities(identities);
    const auto error = test::error_of([&] { store.open_content(test::sample_id()); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::permission);
    CHECK(std::string(error->what()).find(file_name) != std::string::npos);
    for (const Depth depth : {Depth::quick, Depth::full}) {
      const auto report = store.verify(test::sample_id(), depth);
      CHECK(report.verdict() == Verdict::warnings);
      REQUIRE(report.findings.size() == 1);
      CHECK(report.findings[0].code == "encrypted-not-opened");
      CHECK(report.encrypted);
      CHECK_FALSE(report.opened);
      CHECK(report.size_bytes == bytes.size());
      CHECK(report.entries == 0);
    }
  }
  store.set_identities(key.identities);
  CHECK((test::read_all(*store.open_content(test::sample_id())) == content));
  for (const Depth depth : {Depth::quick, Depth::full}) {
    const auto report = store.verify(test::sample_id(), depth);
    CHECK(report.findings.empty());
    CHECK(report.encrypted);
    CHECK(report.opened);
    CHECK(report.size_bytes == bytes.size());
    CHECK(report.entries > 5);
    if (depth == Depth::full) CHECK(report.sha1_base64 == store.show(test::sample_id()).sha1_base64);
  }
  check_full(store.show(test::sample_id()));
}

}  // namespace

TEST_CASE("a backup is encrypted as it is made") {
  const Key key = make_key();
  for (const bool bare : {false, true}) {
    for (const unsigned threads : {1U, 4U}) {
      CAPTURE(bare);
      Place place;
      jujubackup::Job job;
      job.set_threads(threads);
      const auto record = place.store.create(test::sample_input(place.scratch), {}, &job, {key.recipients, bare});
      CHECK(place.names() == std::vector<std::string>{beside_name, file_name});
      check_digests(record, place.blob(file_name));
      bare ? check_bare(record) : check_full(record);
      CHECK_FALSE(record.verified.is_zero());
      const auto shown = place.open().show(test::sample_id());
      check_digests(shown, place.blob(file_name));
      bare ? check_bare(shown) : check_full(shown);
      place.store.set_identities(key.identities);
      const std::string content = test::read_all(*place.store.open_content(test::sample_id()));
      check_reading(place, key, content);
      // What was filled in for those who can read it stays out of the store.
      CHECK((place.blob(beside_name).find("upgrade") == std::string::npos) == bare);
      CHECK(place.blob(beside_name).find("PRIVATE") == std::string::npos);
    }
  }
}

TEST_CASE("what is added is encrypted on the way, or stored as it is if it is encrypted already") {
  const test::Scratch scratch;
  const std::string plain = test::sample_archive(scratch);
  const Key key = make_key(), other = make_key();
  const std::string binary = encrypt(plain, key), armored = encrypt(plain, key, true);
  const struct {
    const char* what;
    const std::string& bytes;
    const char* name;
    StoreEncryption encryption;
    bool with_identity, full, verified;
  } cases[] = {
      {"plain, encrypted on the way", plain, "a.tar.gz", {key.recipients, false}, false, true, true},
      {"the same, bare", plain, "a.tar.gz", {key.recipients, true}, false, false, true},
      {"encrypted, opened", binary, "anything", {}, true, true, true},
      {"encrypted, opened, bare", binary, "anything", {nullptr, true}, true, false, true},
      {"encrypted, other recipients wanted", binary, "anything", {other.recipients, false}, true, true, true},
      {"encrypted, not opened",
       binary,
       "/some/where/juju-backup-20161102-081504.3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10.tar.gz.age",
       {},
       false,
       false,
       false},
      {"armored", armored, "anything", {}, true, true, true},
  };
  for (const auto& each : cases) {
    for (const bool pipe : {false, true}) {
      CAPTURE(each.what);
      CAPTURE(pipe);
      Place place;
      if (each.with_identity) place.store.set_identities(key.identities);
      AddOptions options;
      options.encryption = each.encryption;
      Pipe from_pipe(each.bytes, each.name);
      const auto from_memory = jujubackup::source_of_memory(test::bytes_of(each.bytes), each.name);
      const auto record = place.store.add(pipe ? static_cast<Source&>(from_pipe) : *from_memory, options);
      const std::string stored = place.blob(file_name);
      if (&each.bytes != &plain) CHECK((stored == each.bytes));
      check_digests(record, stored);
      each.full ? check_full(record) : check_bare(record);
      CHECK(record.verified.is_zero() != each.verified);
      check_reading(place, key, plain);
    }
  }
}

TEST_CASE("an encrypted file of unknown ID is not added without an identity") {
  const test::Scratch scratch;
  const Key key = make_key();
  const std::string bytes = encrypt(test::sample_archive(scratch), key);
  for (const char* name : {"a.tar.gz.age", "juju-backup-20161102.tar.gz.age", "juju-backup-20161102-081504.x.tar.gz", "-"}) {
    Place place;
    const auto source = jujubackup::source_of_memory(test::bytes_of(bytes), name);
    const auto error = test::error_of([&] { place.store.add(*source); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::unsupported);
    CHECK(error->message().find("an identity is needed to learn its ID") != std::string::npos);
    CHECK(place.names().empty());
  }
}

TEST_CASE("a damaged encrypted file is refused, and told when it is in a store") {
  const test::Scratch scratch;
  const Key key = make_key();
  const std::string good = encrypt(test::sample_archive(scratch), key);
  const auto flipped = [&](std::size_t at) {
    std::string text = good;
    text[at] = static_cast<char>(text[at] ^ 1);
    return text;
  };
  std::string other_mac = good;
  char& digit = other_mac[good.find("\n--- ") + 10];
  digit = digit == 'A' ? 'B' : 'A';
  const struct {
    const char* what;
    std::string bytes;
    bool seen_without_key;
  } cases[] = {
      {"the header's MAC", other_mac, false},
      {"content", flipped(good.size() - 200), false},
      {"last byte", flipped(good.size() - 1), false},
      {"no payload", good.substr(0, good.find("\n---") + 49), true},
      {"cut inside of the header", good.substr(0, 100), true},
      {"cut", good.substr(0, good.size() - 300), false},
      {"version only", good.substr(0, 22), true},
  };
  for (const auto& each : cases) {
    for (const bool with_key : {false, true}) {
      CAPTURE(each.what);
      CAPTURE(with_key);
      const bool bad = with_key || each.seen_without_key;
      Place place;
      place.put(file_name, each.bytes);
      if (with_key) place.store.set_identities(key.identities);
      CHECK(place.store.list().backups.size() == 1);
      check_bare(place.store.list().backups.at(0));
      for (const Depth depth : {Depth::quick, Depth::full}) {
        const auto report = place.store.verify(test::sample_id(), depth);
        CHECK(report.verdict() == (bad ? Verdict::bad : Verdict::warnings));
        CHECK(report.has("encrypted-damaged") == bad);
        CHECK(report.has("encrypted-not-opened") == !bad);
        CHECK(report.size_bytes == each.bytes.size());
        CHECK(report.sha256_hex.size() == 64);
      }
      Place into;
      if (with_key) into.store.set_identities(key.identities);
      Pipe source(each.bytes, file_name);
      const auto error = test::error_of([&] { into.store.add(source); });
      REQUIRE(error.has_value() == bad);
      if (bad) CHECK(error->code() == ErrorCode::corrupt);
      if (bad) CHECK(error->message().starts_with(file_name + " does not verify: encrypted-damaged: "));
      if (bad) CHECK(into.names().empty());
      Pipe again(each.bytes, file_name);
      if (bad) check_digests(into.store.add(again, {.accept_bad = true}), each.bytes);
    }
  }
}

TEST_CASE("encrypted archives that were dropped in are found") {
  const test::Scratch scratch;
  const std::string plain = test::sample_archive(scratch);
  const Key key = make_key();
  const std::string bytes = encrypt(plain, key);
  Place place;
  SUBCASE("by their name, without a key") {
    place.put(file_name, bytes);
    const auto listing = place.store.list();
    REQUIRE(listing.backups.size() == 1);
    CHECK(listing.backups[0].adopted);
    check_bare(listing.backups[0]);
    CHECK(place.names().size() == 2);
    // Without a key: the digests at least are known from now on.
    place.store.verify(test::sample_id(), Depth::full);
    CHECK(place.store.show(test::sample_id()).verified.is_zero());
    check_digests(place.store.show(test::sample_id()), bytes);
    check_reading(place, key, plain);
    CHECK_FALSE(place.store.show(test::sample_id()).verified.is_zero());
  }
  SUBCASE("by what is in them, with a key") {
    place.put("mine.tgz.age", bytes);
    auto listing = place.store.list();
    CHECK(listing.backups.empty());
    REQUIRE(listing.problems.size() == 1);
    CHECK(listing.problems[0] == "mine.tgz.age: " + (place.scratch / "store/mine.tgz.age") + " is encrypted: an identity is needed");
    place.store.set_identities(key.identities);
    listing = place.store.list();
    REQUIRE(listing.backups.size() == 1);
    CHECK(listing.backups[0].file_name == "mine.tgz.age");
    CHECK(listing.backups[0].encrypted);
    check_full(listing.backups[0]);
  }
  SUBCASE("not under a name that says otherwise") {
    place.put("a.tar.gz", bytes);
    place.put("juju-backup-" + test::sample_id(5) + ".tar.gz.age", plain);
    place.store.set_identities(key.identities);
    CHECK(place.store.list().backups.empty());
    CHECK(place.store.list().problems.size() == 2);
  }
  SUBCASE("beside the same backup that is not encrypted") {
    test::add_text(place.store, plain);
    place.put(file_name, bytes);
    const auto listing = place.store.list();
    REQUIRE(listing.backups.size() == 1);
    CHECK_FALSE(listing.backups[0].encrypted);
    CHECK(listing.problems.size() == 1);
    CHECK_FALSE(place.store.show(test::sample_id()).encrypted);
    place.store.remove(test::sample_id());
    CHECK(place.store.show(test::sample_id()).encrypted);
    place.store.remove(test::sample_id());
    CHECK(place.names().empty());
  }
}

TEST_CASE("a backup has one ID, encrypted or not") {
  const Key key = make_key();
  for (const bool encrypted_first : {false, true}) {
    Place place;
    const auto input = test::sample_input(place.scratch);
    const StoreEncryption with{key.recipients, false};
    place.store.create(input, {}, nullptr, encrypted_first ? with : StoreEncryption{});
    const std::string plain = test::sample_archive(place.scratch);
    AddOptions options;
    if (!encrypted_first) options.encryption = with;
    for (const auto& error : {test::error_of([&] { place.store.create(input, {}, nullptr, options.encryption); }),
                              test::error_of([&] { test::add_text(place.store, plain, options); })}) {
      REQUIRE(error);
      CHECK(error->code() == ErrorCode::exists);
    }
    place.store.remove(test::sample_id());
    CHECK(place.names().empty());
  }
}

TEST_CASE("a file that was exchanged for that of another backup is told") {
  const test::Scratch scratch;
  const Key key = make_key();
  Place place;
  place.put(file_name, encrypt(test::sample_archive(scratch, 5), key));
  place.store.list();  // adopted by its name
  place.store.set_identities(key.identities);
  const auto report = place.store.verify(test::sample_id(), Depth::full);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].code == "recorded-id");
  CHECK(report.findings[0].message == "inside is " + test::sample_id(5) + ", the record says " + test::sample_id());
  check_bare(place.store.show(test::sample_id()));
}

TEST_CASE("the record says whether the archive is encrypted; older ones do not") {
  Place place;
  auto record = place.store.create(test::sample_input(place.scratch), {}, nullptr, {make_key().recipients, false});
  const std::string json = jujubackup::write_record(record);
  CHECK(json == place.blob(beside_name));
  CHECK(jujubackup::write_record(jujubackup::parse_record(json)) == json);
  CHECK(jujubackup::to_json(record).find("\"encrypted\":true") != std::string::npos);
  std::string plain = json;
  const auto replace = [&](const std::string& what, const std::string& with) { plain.replace(plain.find(what), what.size(), with); };
  replace("  \"encrypted\": true,\n", "");
  CHECK(test::error_of([&] { jujubackup::parse_record(plain); }));
  replace(".tar.gz.age", ".tar.gz");
  CHECK_FALSE(jujubackup::parse_record(plain).encrypted);
  CHECK(jujubackup::to_json(jujubackup::parse_record(plain)).find("encrypted") == std::string::npos);
}

TEST_CASE("which names are those of encrypted archives") {
  const struct {
    const char* name;
    bool archive, encrypted;
    const char* id;
  } cases[] = {
      {"juju-backup-20161102-081504.m.tar.gz.age", true, true, "20161102-081504.m"},
      {"a/b/juju-backup-20161102-081504.m.tar.gz.age", false, true, "20161102-081504.m"},
      {"juju-backup-20161102-081504.m.tar.gz", true, false, nullptr},
      {"juju-backup-20161302-081504.m.tar.gz.age", true, true, nullptr},
      {"juju-backup-.tar.gz.age", true, true, nullptr},
      {"juju-backup.tar.gz.age", true, true, nullptr},
      {"a.tgz.age", true, true, nullptr},
      {".tar.gz.age", false, false, nullptr},
      {"a.age", false, false, nullptr},
  };
  for (const auto& each : cases) {
    CAPTURE(std::string(each.name));
    if (std::string_view(each.name).find('/') == std::string_view::npos) {
      CHECK(jujubackup::is_archive_name(each.name) == each.archive);
      CHECK(jujubackup::is_encrypted_name(each.name) == each.encrypted);
    }
    const auto id = jujubackup::id_in_encrypted_name(each.name);
    CHECK(id.value_or("none") == (each.id == nullptr ? "none" : each.id));
  }
  CHECK(jujubackup::record_name("a.tar.gz.age") == "a.json");
  CHECK(jujubackup::record_name("a.tgz") == "a.json");
}
