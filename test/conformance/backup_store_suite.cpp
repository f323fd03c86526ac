#include "backup_store_suite.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/archive_writer.hpp>
#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/verify.hpp>

namespace conformance {
namespace {

using jujubackup::ArchiveInput;
using jujubackup::BackupRecord;
using jujubackup::BackupStore;
using jujubackup::Depth;
using jujubackup::Error;
using jujubackup::ErrorCode;
using jujubackup::Source;
using jujubackup::Verdict;

const std::string model = "3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10";
const std::string secret = "-----BEGIN RSA PRIVATE KEY----- not for any record";

std::string id_of(int second, const std::string& of_model = model) { return "20161102-08150" + std::to_string(second) + "." + of_model; }

// A controller's files and dump; nothing can be said against an archive of them.
class Sample {
 public:
  Sample() {
    std::string name = (std::filesystem::temp_directory_path() / "jujubackup-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;
  ~Sample() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  ArchiveInput input(int second, const std::string& of_model = model, bool good = true) {
    ArchiveInput input;
    for (const std::string name : {"system-identity", "server.pem", "shared-secret", "agents/machine-0/agent.conf"}) {
      file(input.root_files, "var/lib/juju/" + name, "content of " + name);
    }
    const std::string tools = directory("var/lib/juju/tools") + "/machine-0";
    if (!std::filesystem::is_symlink(tools)) std::filesystem::create_symlink("2.0.0-xenial-amd64", tools);
    input.root_files.push_back({tools, "var/lib/juju/tools/machine-0", false});
    // Not compressible, so that an archive is more than one buffer.
    std::string noise(700'000, '\0');
    std::uint32_t state = 5;
    for (char& c : noise) {
      state = state * 1664525U + 1013904223U;
      c = static_cast<char>(state >> 24U);
    }
    file(input.root_files, "var/lib/juju/nonce.txt", noise);
    input.dump_files.push_back({directory("juju"), "juju", false});
    // A document says how long it is.
    file(input.dump_files, "juju/models.bson", std::string(good ? "\x05\0\0\0\0" : "\x09\0\0\0\0", 5));
    file(input.dump_files, "juju/models.metadata.json", "{}");
    file(input.dump_files, "oplog.bson", "");
    input.metadata.format_version = 0;
    input.metadata.started = jujubackup::Timestamp::parse_rfc3339("2016-11-02T08:15:0" + std::to_string(second) + ".120456789Z");
    input.metadata.model_uuid = of_model;
    input.metadata.machine = "0";
    input.metadata.hostname = "juju-controller";
    input.metadata.version = jujubackup::JujuVersion::parse("2.0.0");
    input.metadata.series = "xenial";
    input.metadata.notes = "before <the> \"upgrade\" ä";
    input.metadata.ca_cert = "-----BEGIN CERTIFICATE-----";
    input.metadata.ca_private_key = secret;
    return input;
  }
  std::string archive(int second, const std::string& of_model = model, bool good = true) {
    jujubackup::MemorySink sink(std::size_t{16} << 20);
    jujubackup::write_archive(input(second, of_model, good), sink);
    return sink.text();
  }

 private:
  std::string directory(const std::string& name) {
    std::filesystem::create_directories(path_ / name);
    return (path_ / name).string();
  }
  void file(std::vector<jujubackup::InputFile>& files, const std::string& name, const std::string& content) {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream out(path_ / name, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) throw std::runtime_error("cannot write " + name);
    files.push_back({(path_ / name).string(), name, false});
  }

  std::filesystem::path path_;
};

// What comes out of a pipe: once, in small pieces, of unknown length if it does not say one; it may fail on the way.
class PipeSource final : public Source {
 public:
  PipeSource(std::string text, std::optional<std::uint64_t> says) : text_(std::move(text)), says_(says) {}
  std::size_t read(std::span<std::byte> into) override {
    if (fails_at && position_ >= *fails_at) throw Error(ErrorCode::io, "the pipe broke");
    const std::size_t got = std::min({into.size(), std::size_t{4099}, text_.size() - position_});
    const auto bytes = std::as_bytes(std::span(text_)).subspan(position_, got);
    std::copy(bytes.begin(), bytes.end(), into.begin());
    position_ += got;
    return got;
  }
  void rewind() override {
    if (position_ > 0) throw Error(ErrorCode::unsupported, "a pipe cannot be read a second time");
  }
  std::optional<std::uint64_t> size() const override { return says_; }
  std::string name() const override { return "the pipe"; }
  std::size_t position() const { return position_; }
  std::optional<std::size_t> fails_at;

 private:
  std::string text_;
  std::optional<std::uint64_t> says_;
  std::size_t position_ = 0;
};

std::string read_all(Source& source, std::size_t piece = 65536) {
  std::string text;
  std::vector<std::byte> buffer(piece);
  while (const std::size_t got = source.read(buffer)) text.append(reinterpret_cast<const char*>(buffer.data()), got);
  return text;
}

template <typename F>
std::optional<Error> error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

template <typename F>
void fails(F&& f, ErrorCode code, const std::string& message = "") {
  const auto error = error_of(std::forward<F>(f));
  CHECK(error);
  if (!error) return;
  CAPTURE(std::string(error->what()));
  CHECK(error->code() == code);
  CHECK_FALSE(error->message().empty());
  if (!message.empty()) CHECK(error->message() == message);
}

BackupRecord add(BackupStore& store, const std::string& archive, const jujubackup::AddOptions& options = {}) {
  const auto source = jujubackup::source_of_memory(std::as_bytes(std::span(archive)), "a.tar.gz");
  return store.add(*source, options);
}

std::vector<std::string> ids(BackupStore& store) {
  const auto listing = store.list();
  CHECK(listing.problems.empty());
  std::vector<std::string> ids;
  for (const BackupRecord& record : listing.backups) ids.push_back(record.id);
  return ids;
}

void check_record(const BackupRecord& record, const std::string& id, const std::string& archive) {
  CHECK(record.id == id);
  CHECK(record.file_name == "juju-backup-" + id + ".tar.gz");
  CHECK(record.size_bytes == archive.size());
  CHECK(record.sha1_base64.size() == 28);
  CHECK(record.metadata.id == id);
  CHECK(record.metadata.checksum == record.sha1_base64);
  CHECK(record.metadata.size_bytes == static_cast<std::int64_t>(archive.size()));
  CHECK(record.metadata.notes == "before <the> \"upgrade\" ä");
  CHECK(record.metadata.version.to_string() == "2.0.0");
  CHECK_FALSE(record.metadata.started.is_zero());
  CHECK_FALSE(record.metadata.finished.is_zero());
  CHECK_FALSE(record.metadata.stored.is_zero());
  CHECK_FALSE(record.metadata.ca_private_key);
  CHECK(jujubackup::to_json(record).find("PRIVATE") == std::string::npos);
}

void nothing_there(BackupPlace& place, Sample&) {
  BackupStore store = place.open();
  CHECK(ids(store).empty());
  CHECK_FALSE(store.url().empty());
  for (const std::string& id : {std::string(), std::string("nothing"), id_of(4), std::string("../") + id_of(4), "/var/backups/" + id_of(4),
                                std::string("juju-backup.tar.gz"), id_of(4) + "/x", std::string("20161102-081504.a\nb")}) {
    CAPTURE(id);
    std::string text = id;
    if (const auto at = text.find('\n'); at != std::string::npos) text.replace(at, 1, "\\n");
    text = "backup metadata \"" + text + "\" not found";
    fails([&] { store.show(id); }, ErrorCode::not_found, text);
    fails([&] { store.open_archive(id); }, ErrorCode::not_found, text);
    fails([&] { store.verify(id, Depth::full); }, ErrorCode::not_found, text);
    fails([&] { store.remove(id); }, ErrorCode::not_found, text);
  }
}

void what_goes_in_comes_out(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  const std::string archive = sample.archive(4);
  check_record(add(store, archive), id_of(4), archive);
  const BackupRecord shown = store.show(id_of(4));
  check_record(shown, id_of(4), archive);
  const auto listing = store.list();
  REQUIRE(listing.backups.size() == 1);
  check_record(listing.backups.front(), id_of(4), archive);

  for (const std::size_t piece : {std::size_t{1000}, std::size_t{1} << 20}) {
    const auto source = store.open_archive(id_of(4));
    CHECK(source->size().value_or(archive.size()) == archive.size());
    CHECK(read_all(*source, piece) == archive);
  }
  for (const Depth depth : {Depth::quick, Depth::full}) {
    const auto report = store.verify(id_of(4), depth);
    CHECK(report.verdict() == Verdict::ok);
    CHECK(report.size_bytes == archive.size());
    if (depth == Depth::full) CHECK(report.sha1_base64 == shown.sha1_base64);
  }
}

void pipes(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  for (const int second : {4, 5}) {
    const std::string archive = sample.archive(second);
    PipeSource pipe(archive, second == 4 ? std::nullopt : std::optional<std::uint64_t>(archive.size()));
    check_record(store.add(pipe), id_of(second), archive);
    CHECK(read_all(*store.open_archive(id_of(second))) == archive);
  }
}

void order(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  for (const int second : {6, 4, 9, 5}) add(store, sample.archive(second));
  CHECK(ids(store) == std::vector<std::string>{id_of(4), id_of(5), id_of(6), id_of(9)});
}

void the_same_twice(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  const std::string archive = sample.archive(4);
  const std::string text = "backup metadata \"" + id_of(4) + "\" already exists";
  add(store, archive);
  fails([&] { add(store, archive); }, ErrorCode::exists, text);
  fails([&] { store.create(sample.input(4)); }, ErrorCode::exists, text);
  CHECK(ids(store) == std::vector<std::string>{id_of(4)});
  CHECK(read_all(*store.open_archive(id_of(4))) == archive);
}

void bad_archives(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  const std::string archive = sample.archive(4);
  std::string flipped = archive;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  const std::pair<std::string, std::string> bad[] = {
      {"a flipped bit", flipped},
      {"cut in the middle", archive.substr(0, archive.size() / 2)},
      {"without its last byte", archive.substr(0, archive.size() - 1)},
      {"bytes behind it", archive + "x"},
      {"empty", ""},
      {"no gzip", "text"},
      {"a document that is too long for its file", sample.archive(4, model, false)},
  };
  for (const auto& [name, text] : bad) {
    const auto& which = name;  // clang 14 cannot capture a structured binding
    CAPTURE(which);
    fails([&, &bytes = text] { add(store, bytes); }, ErrorCode::corrupt);
    PipeSource pipe(text, std::nullopt);
    fails([&] { store.add(pipe); }, ErrorCode::corrupt);
    CHECK(ids(store).empty());
  }
  fails([&] { store.create(sample.input(4, model, false)); }, ErrorCode::corrupt);
  CHECK(ids(store).empty());
  fails([&] { store.show(id_of(4)); }, ErrorCode::not_found);
  // It does not stand in the way of a good one.
  CHECK(add(store, archive).id == id_of(4));
}

void bad_but_wanted(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  const std::string archive = sample.archive(4, model, false);
  check_record(add(store, archive, {.accept_bad = true}), id_of(4), archive);
  CHECK(store.verify(id_of(4), Depth::full).verdict() == Verdict::bad);
  CHECK(read_all(*store.open_archive(id_of(4))) == archive);
}

void bad_and_unwanted(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  CHECK(error_of([&] { add(store, sample.archive(4, model, false), {.accept_bad = true}); }));
  CHECK(ids(store).empty());
}

void sources_that_fail(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  const std::string archive = sample.archive(4);
  PipeSource shorter(archive.substr(0, archive.size() / 2), archive.size());
  fails([&] { store.add(shorter); }, ErrorCode::io);
  PipeSource broken(archive, archive.size());
  broken.fails_at = archive.size() / 2;
  fails([&] { store.add(broken); }, ErrorCode::io, "the pipe broke");
  jujubackup::Job job;
  job.cancel();
  const auto source = jujubackup::source_of_memory(std::as_bytes(std::span(archive)), "a.tar.gz");
  fails([&] { store.add(*source, {}, &job); }, ErrorCode::cancelled);
  fails([&] { store.create(sample.input(4), {}, &job); }, ErrorCode::cancelled);
  CHECK(ids(store).empty());
}

void removing(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  add(store, sample.archive(4));
  add(store, sample.archive(5));
  store.remove(id_of(4));
  CHECK(ids(store) == std::vector<std::string>{id_of(5)});
  fails([&] { store.show(id_of(4)); }, ErrorCode::not_found);
  fails([&] { store.open_archive(id_of(4)); }, ErrorCode::not_found);
  fails([&] { store.remove(id_of(4)); }, ErrorCode::not_found, "backup metadata \"" + id_of(4) + "\" not found");
  add(store, sample.archive(4));
  CHECK(ids(store) == std::vector<std::string>{id_of(4), id_of(5)});
}

void creating(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  const BackupRecord made = store.create(sample.input(4));
  CHECK(made.id == id_of(4));
  const std::string archive = read_all(*store.open_archive(id_of(4)));
  check_record(made, id_of(4), archive);
  check_record(store.show(id_of(4)), id_of(4), archive);
  CHECK(store.verify(id_of(4), Depth::full).verdict() == Verdict::ok);
  jujubackup::WriteOptions fast;
  fast.level = jujubackup::Level::fast;
  CHECK(store.create(sample.input(5), fast).id == id_of(5));
  CHECK(store.verify(id_of(5), Depth::full).verdict() == Verdict::ok);
}

void odd_ids(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  const std::string odd[] = {"<unknown>", "A.b_c-9..x", std::string(150, 'm')};
  for (const std::string& of_model : odd) {
    const std::string archive = sample.archive(4, of_model);
    check_record(add(store, archive), id_of(4, of_model), archive);
    CHECK(store.show(id_of(4, of_model)).id == id_of(4, of_model));
    CHECK(read_all(*store.open_archive(id_of(4, of_model))) == archive);
  }
  CHECK(ids(store).size() == std::size(odd));
  for (const std::string of_model : {"a/b", "../x", "a b", ".hidden", "a\nb"}) {
    CAPTURE(of_model);
    fails([&] { add(store, sample.archive(4, of_model)); }, ErrorCode::corrupt);
  }
  for (const std::string& of_model : odd) store.remove(id_of(4, of_model));
  CHECK(ids(store).empty());
}

void one_place_many_stores(BackupPlace& place, Sample& sample) {
  BackupStore one = place.open();
  BackupStore two = place.open();
  const std::string archive = sample.archive(4);
  add(one, archive);
  CHECK(ids(two) == std::vector<std::string>{id_of(4)});
  fails([&] { add(two, archive); }, ErrorCode::exists);
  // Reading goes on while there are other things to do.
  const auto source = two.open_archive(id_of(4));
  std::byte first{};
  REQUIRE(source->read({&first, 1}) == 1);
  add(one, sample.archive(5));
  CHECK(two.show(id_of(5)).id == id_of(5));
  CHECK(read_all(*source) == archive.substr(1));
  two.remove(id_of(4));
  CHECK(ids(one) == std::vector<std::string>{id_of(5)});
}

struct Key {
  std::shared_ptr<const jujubackup::Recipients> recipients;
  std::shared_ptr<const jujubackup::Identities> identities;
};

Key make_key() {
  const jujubackup::NewIdentity made = jujubackup::make_identity();
  auto recipients = std::make_shared<jujubackup::Recipients>();
  recipients->add(made.recipient);
  auto identities = std::make_shared<jujubackup::Identities>();
  identities->add(made.secret.text());
  return {std::move(recipients), std::move(identities)};
}

std::string encrypted(const std::string& archive, const Key& key) {
  jujubackup::MemorySink out(std::size_t{16} << 20);
  const auto sink = jujubackup::encrypting_sink(out, *key.recipients);
  sink->write(std::as_bytes(std::span(archive)));
  sink->finish();
  return out.text();
}

// Made, encrypted on the way, and encrypted before: found by all, opened by whom it is for.
void encrypting(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  const Key key = make_key();
  const std::string archive = sample.archive(5), before = encrypted(sample.archive(6), key);
  jujubackup::AddOptions options;
  options.encryption.recipients = key.recipients;
  const BackupRecord made = store.create(sample.input(4), {}, nullptr, options.encryption);
  PipeSource pipe(archive, archive.size());
  const BackupRecord added = store.add(pipe, options);
  fails([&] { add(store, before); }, ErrorCode::unsupported);
  store.set_identities(key.identities);
  const BackupRecord kept = add(store, before);
  CHECK(ids(store) == std::vector<std::string>{id_of(4), id_of(5), id_of(6)});
  CHECK(read_all(*store.open_content(id_of(5))) == archive);
  CHECK(read_all(*store.open_archive(id_of(6))) == before);
  for (const auto& identities : {key.identities, make_key().identities, std::shared_ptr<const jujubackup::Identities>()}) {
    const bool fits = identities == key.identities;
    store.set_identities(identities);
    for (const BackupRecord& record : {made, added, kept}) {
      CHECK(record.encrypted);
      const BackupRecord shown = store.show(record.id);
      CHECK(shown.encrypted);
      const std::string bytes = read_all(*store.open_archive(record.id));
      CHECK(bytes.starts_with("age-encryption.org/v1\n"));
      CHECK(shown.size_bytes == bytes.size());
      CHECK(shown.sha1_base64 == record.sha1_base64);
      CHECK(shown.metadata.checksum == record.sha1_base64);
      CHECK_FALSE(shown.metadata.ca_private_key);
      const auto report = store.verify(record.id, Depth::full);
      CHECK(report.verdict() == (fits ? Verdict::ok : Verdict::warnings));
      CHECK(report.encrypted);
      CHECK(report.opened == fits);
      CHECK(report.has("encrypted-not-opened") != fits);
      CHECK(report.sha1_base64 == record.sha1_base64);
      if (!fits) fails([&] { store.open_content(record.id); }, ErrorCode::permission);
    }
  }
  // One ID is one backup, whichever way it is kept.
  const std::string text = "backup metadata \"" + id_of(5) + "\" already exists";
  fails([&] { add(store, archive); }, ErrorCode::exists, text);
  fails([&] { store.create(sample.input(5)); }, ErrorCode::exists, text);
  store.remove(id_of(5));
  add(store, archive);
  CHECK(read_all(*store.open_content(id_of(5))) == archive);
}

void encrypting_refused(BackupPlace& place, Sample& sample) {
  BackupStore store = place.open();
  const Key key = make_key();
  store.set_identities(key.identities);
  const std::string archive = sample.archive(4), before = encrypted(archive, key);
  jujubackup::AddOptions options;
  options.encryption.recipients = key.recipients;
  fails([&] { store.create(sample.input(4), {}, nullptr, options.encryption); }, ErrorCode::unsupported);
  fails([&] { add(store, archive, options); }, ErrorCode::unsupported);
  fails([&] { add(store, before); }, ErrorCode::unsupported);
  PipeSource pipe(before, before.size());
  fails([&] { store.add(pipe); }, ErrorCode::unsupported);
  CHECK(ids(store).empty());
  add(store, archive);
  CHECK(read_all(*store.open_content(id_of(4))) == archive);
}

// Each says so, with words of its own, and takes nothing from what it was handed.
void keeps_nothing(const BackupSubject& subject, Sample& sample) {
  const auto place = subject.make_place();
  BackupStore store = place->open();
  CHECK_FALSE(store.url().empty());
  const std::string archive = sample.archive(4);
  const auto lacks = [&](const std::string& verb, const std::function<void()>& call) {
    CAPTURE(verb);
    const auto error = error_of(call);
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::unsupported);
    CHECK_FALSE(error->message().empty());
    MESSAGE(subject.name << " does not have " << verb << ": " << error->message());
  };
  PipeSource pipe(archive, archive.size());
  lacks("list", [&] { store.list(); });
  lacks("show", [&] { store.show(id_of(4)); });
  lacks("open_archive", [&] { store.open_archive(id_of(4)); });
  lacks("verify", [&] { store.verify(id_of(4), Depth::full); });
  lacks("remove", [&] { store.remove(id_of(4)); });
  lacks("add", [&] { store.add(pipe); });
  lacks("create", [&] { store.create(sample.input(4)); });
  CHECK(pipe.position() == 0);
}

}  // namespace

void check_backup_store(const BackupSubject& subject) {
  struct Check {
    const char* name;
    void (*run)(BackupPlace&, Sample&);
    bool shared = false;
  };
  static constexpr Check checks[] = {
      {"nothing there", nothing_there},
      {"what goes in comes out", what_goes_in_comes_out},
      {"pipes", pipes},
      {"order", order},
      {"the same twice", the_same_twice},
      {"bad archives", bad_archives},
      {"bad, but wanted", bad_but_wanted},
      {"bad and unwanted", bad_and_unwanted},
      {"sources that fail", sources_that_fail},
      {"removing", removing},
      {"creating", creating},
      {"odd IDs", odd_ids},
      {"encrypting", encrypting},
      {"encrypting, refused", encrypting_refused},
      {"several stores on one place", one_place_many_stores, true},
  };
  Sample sample;
  if (!subject.keeps_backups) {
    const std::string what = subject.name + ": keeps nothing";
    INFO(what);
    keeps_nothing(subject, sample);
    return;
  }
  for (const Check& check : checks) {
    if (check.shared && !subject.shared_places) continue;
    if (check.run == bad_but_wanted && !subject.takes_bad_archives) continue;
    if (check.run == bad_and_unwanted && subject.takes_bad_archives) continue;
    if (check.run == (subject.takes_encrypted ? encrypting_refused : encrypting)) continue;
    const std::string what = subject.name + ": " + check.name;
    INFO(what);
    const auto place = subject.make_place();
    check.run(*place, sample);
  }
}

}  // namespace conformance
