#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>

#include <jujubackup/archive_writer.hpp>

#include "archive/findings.hpp"
#include "archive/name_set.hpp"
#include "base/json.hpp"
#include "verify_support.hpp"

namespace test {

namespace {

using jujubackup::Depth;
using jujubackup::Manifest;
using jujubackup::Verdict;
using jujubackup::VerifyOptions;
using jujubackup::VerifyReport;

// A good archive of ours with a manifest that was changed.
std::string with_manifest(const std::function<void(Manifest&)>& change) {
  Manifest manifest = good_manifest({});
  change(manifest);
  return own_archive({}, write_manifest(manifest));
}

jujubackup::ManifestFile& models_of(Manifest& manifest) {
  for (auto& file : manifest.files) {
    if (file.path == "juju-backup/dump/juju/models.bson") return file;
  }
  throw std::runtime_error("no models in the manifest");
}

std::string resealed(std::string_view archive, const std::function<void(jujubackup::gzip::Seal&)>& change) {
  const std::size_t before = archive.size() - jujubackup::gzip::seal_bytes;
  auto seal = *jujubackup::gzip::parse_seal(bytes_of(archive.substr(before)));
  change(seal);
  jujubackup::Buffer out;
  jujubackup::gzip::append_seal(out, seal);
  return std::string(archive.substr(0, before)) + text_of(out);
}

}  // namespace

std::vector<VerifyCase> own_cases() {
  const std::string whole = own_archive();
  const std::size_t before_seal = whole.size() - jujubackup::gzip::seal_bytes;
  const std::size_t first_member = jujubackup::gzip::parse_member_header(bytes_of(whole))->member_bytes;
  const auto changed_byte = [&](std::size_t at, char by) {
    std::string text = whole;
    text[at] = static_cast<char>(text[at] ^ by);
    return text;
  };
  Parts big;
  big.dump.emplace_back("blobstore/a.bin", std::string(100'000, 'b'));
  Manifest big_manifest = good_manifest(big);
  big_manifest.chunk_bytes = 65536;
  Parts broken_root;
  broken_root.root_tar = "x";
  Parts cut_root;
  cut_root.root_tar = good_root_tar().substr(0, good_root_tar().size() - 2 * 512 - 500);
  return {
      {"own", whole, {}},
      {"own without manifest", own_archive({}, ""), {}},
      {"own with a broken manifest", own_archive({}, "{"), {}},
      {"manifest of another format", own_archive({}, R"({"format":2})"), {}},
      {"manifest is a directory",
       [] {
         Parts parts;
         parts.more = [](TarBuilder& tar) { tar.directory("juju-backup/manifest.json"); };
         return own_archive(parts, "");
       }(),
       {}},
      {"manifest tells another digest", with_manifest([](Manifest& m) { models_of(m).digest->front() ^= std::byte{1}; }), {}},
      {"manifest tells another size", with_manifest([](Manifest& m) { models_of(m).size_bytes = 6; }), {}},
      {"manifest lists more", with_manifest([](Manifest& m) { m.files.push_back(listed("juju-backup/dump/\x1b[1m", "x")); }), {}},
      {"manifest lists less", with_manifest([](Manifest& m) { m.files.pop_back(); }), {}},
      {"manifest lists twice", with_manifest([](Manifest& m) { m.files.push_back(m.files.front()); }), {}},
      {"manifest without a digest", with_manifest([](Manifest& m) { models_of(m).digest.reset(); }), {}},
      {"manifest with other chunks", own_archive(big, write_manifest(big_manifest)), {}},
      {"manifest with warnings",
       with_manifest([](Manifest& m) {
         m.warnings = {"left out \"a\"", "left out \"b\""};
       }),
       {}},
      {"manifest in an archive of another writer",
       stored_gzip([] {
         Parts parts;
         Manifest manifest = good_manifest(parts);
         manifest.files.pop_back();
         parts.more = [&](TarBuilder& tar) { tar.file("juju-backup/manifest.json", write_manifest(manifest)); };
         return parts.tar();
       }()),
       {}},
      {"own with a broken root.tar", own_archive(broken_root), {}},
      {"own with a root.tar that ends inside of a file", own_archive(cut_root), {}},
      {"no seal", whole.substr(0, before_seal), {}},
      {"seal cut", whole.substr(0, whole.size() - 1), {}},
      {"bytes after the seal", whole + std::string(1, '\0'), {}},
      {"server's error after the seal", whole + R"({"error":"EOF"})", {}},
      {"own twice", whole + whole, {}},
      {"first member is not as ours", changed_byte(4, 1), {}},
      {"second member is not as ours", changed_byte(first_member + 9, 1), {}},
      {"seal with other lengths", resealed(whole, [](auto& seal) { seal.content_bytes += 512; }), {}},
      {"seal with another digest", resealed(whole, [](auto& seal) { seal.sha256[0] ^= std::byte{1}; }), {}},
  };
}

}  // namespace test

using jujubackup::Depth;
using jujubackup::Verdict;
using jujubackup::VerifyOptions;
using test::verify_bytes;

namespace {

VerifyOptions quick() {
  VerifyOptions options;
  options.depth = Depth::quick;
  return options;
}

// A real tree, written by write_archive.
std::string written_archive(const test::Scratch& scratch) {
  jujubackup::ArchiveInput input;
  input.metadata = jujubackup::parse_metadata(test::sample_metadata);
  const std::string data = "var/lib/juju/";
  for (const char* name : {"tools/jujud", "system-identity", "server.pem", "shared-secret", "agents/machine-0/agent.conf"}) {
    test::write_file(scratch / ("root/" + data + name), std::string("content of ") + name);
    input.root_files.push_back({scratch / ("root/" + data + name), data + name, true});
  }
  std::string large;
  for (int i = 0; i < 300'000; ++i) large += test::one_document;
  test::write_file(scratch / "dump/juju/models.bson", test::one_document + test::one_document);
  test::write_file(scratch / "dump/juju/models.metadata.json", "{}");
  test::write_file(scratch / "dump/logs/logs.bson", large);
  test::write_file(scratch / "dump/logs/logs.metadata.json", "{}");
  test::write_file(scratch / "dump/oplog.bson", "");
  input.dump_files = jujubackup::gather_dump(scratch / "dump");
  jujubackup::MemorySink sink(std::size_t{16} << 20);
  jujubackup::write_archive(input, sink);
  return test::text_of(sink.bytes());
}

}  // namespace

TEST_CASE("what is found in archives of our own") { test::check_golden("findings-own.txt", test::findings_of(test::own_cases(), true)); }

TEST_CASE("every kind of finding has a case, and its row in the documentation") {
  std::set<std::string> seen;
  for (const auto& cases : {test::foreign_cases(), test::own_cases()}) {
    for (const auto& each : cases) {
      for (const auto& finding : verify_bytes(each.archive, each.options).findings) seen.insert(finding.code);
    }
  }
  // These two take long and have test cases of their own.
  seen.insert({"gzip-bomb", "too-many-entries"});
  // So do those of encrypted files (in the tests of stores) and of client directories.
  seen.insert({"encrypted-damaged", "encrypted-not-opened", "recorded-id", "client-controllers-missing", "client-yaml-bad"});
  std::set<std::string> known;
  std::string rows;
  for (const auto& kind : jujubackup::finding_kinds()) {
    known.insert(kind.code);
    rows += std::string(kind.code) + " " + std::string(name_of(kind.severity)) + " " + kind.meaning + "\n";
  }
  CHECK(seen == known);
  CHECK(known.size() == jujubackup::finding_kinds().size());
  CHECK(std::is_sorted(jujubackup::finding_kinds().begin(), jujubackup::finding_kinds().end(),
                       [](const auto& a, const auto& b) { return std::string_view(a.code) < b.code; }));

  // | `code` | severity | seen | meaning |
  std::string documented;
  std::istringstream lines(test::read_file(test::data_path("../../docs/findings.md")));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::istringstream cell_texts(line.substr(2));
    for (std::string cell; std::getline(cell_texts, cell, '|');) {
      if (cell.starts_with(' ')) cell.erase(0, 1);
      if (cell.ends_with(' ')) cell.pop_back();
      cells.push_back(cell);
    }
    REQUIRE(cells.size() == 4);
    CHECK_FALSE(cells[2].empty());
    documented += cells[0].substr(1, cells[0].size() - 2) + " " + cells[1] + " " + cells[3] + "\n";
  }
  CHECK(documented == rows);
}

TEST_CASE("an archive of write_archive is good") {
  const test::Scratch scratch;
  const std::string archive = written_archive(scratch);
  const auto report = verify_bytes(archive);
  CHECK(test::lines_of(report) == std::vector<std::string>{});
  CHECK(report.own_layout);
  CHECK(report.manifest_checked);
  CHECK(report.documents == 300'002);
  CHECK(report.root_entries == 5);
  CHECK(report.entries == 12);
  CHECK(report.members > 3);
  CHECK(report.size_bytes == archive.size());

  test::TextSource source(archive);
  const auto fast = jujubackup::verify_archive(source, quick(), nullptr);
  CHECK(test::lines_of(fast) == std::vector<std::string>{});
  CHECK(fast.own_layout);
  CHECK_FALSE(fast.manifest_checked);
  CHECK(fast.sha1_base64.empty());
  CHECK(fast.documents == 0);
  CHECK(fast.entries == report.entries);
  CHECK(fast.root_entries == report.root_entries);
  CHECK(fast.members == report.members);
  CHECK(fast.content_bytes == report.content_bytes);
  CHECK(fast.size_bytes == archive.size());
  CHECK(source.position() == 0);
}

TEST_CASE("quick depth compares names and sizes with the manifest and passes over content") {
  const auto quick_codes = [](const std::string& archive) {
    std::string codes;
    for (const auto& finding : verify_bytes(archive, quick()).findings) codes += finding.code + " ";
    return codes;
  };
  for (const auto& each : test::own_cases()) {
    CAPTURE(each.name);
    std::string expected;
    for (const auto& finding : verify_bytes(each.archive).findings) expected += finding.code + " ";
    const bool content_only = each.name == "manifest tells another digest" || each.name == "seal with another digest";
    CHECK(quick_codes(each.archive) == (content_only ? "" : expected));
  }
  VerifyOptions record = quick();
  record.recorded_size_bytes = 1;
  CHECK(verify_bytes(test::own_archive(), record).has("recorded-size"));

  // The members of a large file are hopped over: most of this archive is never read.
  test::Parts parts;
  std::string noise(std::size_t{4} << 20, '\0');
  std::uint32_t state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  parts.dump.emplace_back("blobstore/x.bin", noise);
  const std::string tar = [&] {
    test::Parts whole = parts;
    whole.more = [&](test::TarBuilder& builder) { builder.file("juju-backup/manifest.json", write_manifest(test::good_manifest(parts))); };
    return whole.tar();
  }();
  std::vector<std::size_t> cuts;
  for (std::size_t at = 262'144; at < tar.size(); at += 262'144) cuts.push_back(at);
  const std::string archive = test::sealed(tar, cuts);
  test::TextSource source(archive);
  CHECK(test::lines_of(jujubackup::verify_archive(source, quick(), nullptr)) == std::vector<std::string>{});
  CHECK(source.bytes_read_at() < archive.size() / 4);
  CHECK(source.position() == 0);
}

TEST_CASE("an archive of ours that ends at any byte is bad") {
  const std::string archive = test::own_archive();
  for (std::size_t size = 0; size < archive.size(); ++size) {
    CAPTURE(size);
    const auto cut = std::string_view(archive).substr(0, size);
    const auto report = verify_bytes(cut);
    REQUIRE(report.verdict() == Verdict::bad);
    REQUIRE(report.size_bytes == size);
    REQUIRE(report.sha1_base64.size() == 28);
    REQUIRE(verify_bytes(cut, quick()).verdict() == Verdict::bad);
  }
}

TEST_CASE("an archive of ours that ends between two members says so") {
  const std::string archive = test::own_archive();
  const std::size_t first = jujubackup::gzip::parse_member_header(test::bytes_of(archive))->member_bytes;
  for (const std::size_t size : {first, archive.size() - jujubackup::gzip::seal_bytes}) {
    const auto report = verify_bytes(std::string_view(archive).substr(0, size));
    REQUIRE(report.findings.size() == 1);
    CHECK(report.findings[0].code == "seal-missing");
    CHECK(report.findings[0].where == "offset " + std::to_string(size));
  }
}

TEST_CASE("a flipped bit anywhere in an archive of ours makes it bad") {
  const std::string archive = test::own_archive();
  REQUIRE(verify_bytes(archive).verdict() == Verdict::ok);
  std::string spoiled = archive;
  for (std::size_t at = 0; at < archive.size(); ++at) {
    const bool framing = at < 64 || at + 160 > archive.size();
    for (int bit = framing ? 0 : static_cast<int>(at % 3); bit < 8; bit += framing ? 1 : 3) {
      CAPTURE(at);
      CAPTURE(bit);
      spoiled[at] = static_cast<char>(static_cast<unsigned char>(archive[at]) ^ (1U << bit));
      REQUIRE(verify_bytes(spoiled).verdict() == Verdict::bad);
      spoiled[at] = archive[at];
    }
  }
}

TEST_CASE("a million entries and one are too many") {
  test::TarBuilder block;
  for (int i = 0; i < 2000; ++i) block.directory("juju-backup/dump/" + std::to_string(i * 7919));
  const std::string member = test::gzip_of(block.bytes(), 9);
  std::string archive;
  for (int i = 0; i < 501; ++i) archive += member;
  const auto report = verify_bytes(archive, quick());
  REQUIRE(report.has("too-many-entries"));
  CHECK(report.verdict() == Verdict::bad);
  CHECK(report.entries == 1'000'000);
  CHECK(report.size_bytes == archive.size());
}

TEST_CASE("findings are bounded, and the last one keeps the worst severity") {
  std::vector<jujubackup::Finding> list;
  jujubackup::Findings findings(list);
  for (int i = 0; i < 900; ++i) findings.add("entry-unexpected", "x", "y");
  CHECK(list.size() == 900);
  CHECK(list.back().code == "entry-unexpected");
  findings.add("entry-unexpected", "x", "y");
  CHECK(list.size() == 901);
  CHECK(list.back().code == "findings-cut");
  CHECK(list.back().message == "1 more finding is left out");
  CHECK(list.back().severity == jujubackup::Severity::note);
  // The first of another code is still shown, the next only counted.
  findings.add("oplog-missing", "first", "");
  CHECK(list.size() == 902);
  CHECK(list[900].where == "first");
  CHECK(list.back().code == "findings-cut");
  CHECK(list.back().severity == jujubackup::Severity::note);
  findings.add("oplog-missing", "second", "");
  CHECK(list.back().severity == jujubackup::Severity::warning);
  for (const auto& kind : jujubackup::finding_kinds()) {
    for (int i = 0; i < 50; ++i) findings.add(kind.code, "", "");
  }
  CHECK(list.size() <= 1000);
  CHECK(list.back().code == "findings-cut");
  CHECK(list.back().severity == jujubackup::Severity::error);
}

TEST_CASE("findings show no control characters") {
  std::vector<jujubackup::Finding> list;
  jujubackup::Findings findings(list);
  findings.add("name-unsafe", "a\x1b[2J\nb", "c\rd");
  CHECK(list[0].where == "a\\x1b[2J\\nb");
  CHECK(list[0].message == "c\\rd");
  findings.add(jujubackup::ArchiveFault("tar-damaged", "there", "that"), true);
  CHECK(list[1].code == "root-tar-damaged");
  findings.add(jujubackup::ArchiveFault("name-unsafe", "there", "that"), true);
  CHECK(list[2].code == "name-unsafe");
  findings.add("link-outside", std::string(4200, 'a'), std::string(1 << 20, '\a'));
  CHECK(list[3].where == std::string(4200, 'a'));
  CHECK(list[3].message.size() == 4200 * 2 + 3);
  CHECK(list[3].message.ends_with("\\a..."));
  CHECK(test::error_of([&] { findings.add("no-such", "", ""); })->code() == jujubackup::ErrorCode::internal);
}

TEST_CASE("names that were seen") {
  jujubackup::NameSet names;
  CHECK_FALSE(names.contains(jujubackup::name_hash("x")));
  for (int i = 0; i < 5000; ++i) CHECK(names.insert(jujubackup::name_hash("name" + std::to_string(i))));
  for (int i = 0; i < 5000; ++i) CHECK_FALSE(names.insert(jujubackup::name_hash("name" + std::to_string(i))));
  CHECK(names.size() == 5000);
  CHECK(names.contains(jujubackup::name_hash("name4999")));
  CHECK_FALSE(names.contains(jujubackup::name_hash("name5000")));
  CHECK(names.insert(0));
  CHECK_FALSE(names.insert(0));
  CHECK(names.contains(0));
}

TEST_CASE("names whose hashes were made to lead to one slot") {
  jujubackup::NameSet names;
  const auto started = std::chrono::steady_clock::now();
  // Alike in the bits that a table of this size would look at, first in the low ones, then in the high ones.
  for (std::uint64_t i = 1; i <= 200'000; ++i) CHECK(names.insert(i << 40 | 0x1234567));
  for (std::uint64_t i = 1; i <= 200'000; ++i) CHECK(names.insert(std::uint64_t{0xabcde} << 44 | i));
  CHECK(names.size() == 400'000);
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(20));
}

TEST_CASE("a report with a record full of escapes can be written") {
  test::Parts parts;
  parts.metadata = "{\"Notes\":\"" + std::string(900'000, '<') + "\"}";
  const auto report = test::verify_bytes(test::own_archive(parts));
  REQUIRE(report.metadata);
  CHECK(to_json(report).size() > std::size_t{6} * 900'000);
  CHECK(to_yaml(report).size() > 900'000);
}

TEST_CASE("cancelling, and a source that fails, are errors and not findings") {
  class Failing final : public jujubackup::Source {
   public:
    std::size_t read(std::span<std::byte> into) override {
      if (done_) throw jujubackup::Error(jujubackup::ErrorCode::io, "the disk is gone");
      done_ = true;
      const std::string head = test::own_archive().substr(0, std::min<std::size_t>(100, into.size()));
      std::copy_n(test::bytes_of(head).begin(), head.size(), into.begin());
      return head.size();
    }
    void rewind() override {}
    std::optional<std::uint64_t> size() const override { return std::nullopt; }
    std::string name() const override { return "failing"; }

   private:
    bool done_ = false;
  };
  Failing failing;
  const auto error = test::error_of([&] { jujubackup::verify_archive(failing, {}, nullptr); });
  REQUIRE(error.has_value());
  CHECK(error->code() == jujubackup::ErrorCode::io);
  CHECK(error->message() == "the disk is gone");

  const std::string archive = test::own_archive();
  for (const auto depth : {Depth::full, Depth::quick}) {
    test::TextSource source(archive);
    jujubackup::Job job;
    job.cancel();
    VerifyOptions options;
    options.depth = depth;
    const auto stopped = test::error_of([&] { jujubackup::verify_archive(source, options, &job); });
    REQUIRE(stopped.has_value());
    CHECK(stopped->code() == jujubackup::ErrorCode::cancelled);
  }
}

TEST_CASE("progress is that of the file") {
  const std::string archive = test::own_archive();
  for (const std::string& each : {archive, archive + "x", archive.substr(0, 700)}) {
    for (const auto depth : {Depth::full, Depth::quick}) {
      test::TextSource source(each);
      jujubackup::Job job;
      VerifyOptions options;
      options.depth = depth;
      jujubackup::verify_archive(source, options, &job);
      CHECK(job.snapshot().phase == jujubackup::Phase::verifying);
      CHECK(job.snapshot().done_bytes == each.size());
      CHECK(job.snapshot().total_bytes == each.size());
    }
  }
}

TEST_CASE("reports for people and for scripts") {
  const auto named = [](std::string_view name) {
    for (const auto& cases : {test::foreign_cases(), test::own_cases()}) {
      for (const auto& each : cases) {
        if (each.name == name) return verify_bytes(each.archive, each.options);
      }
    }
    throw std::runtime_error("no such case");
  };
  test::check_golden("good.txt", to_text(named("good")));
  test::check_golden("good.json", to_json(named("good")));
  test::check_golden("good.yaml", to_yaml(named("good")));
  test::check_golden("cut.txt", to_text(named("cut")));
  test::check_golden("server-error.txt", to_text(named("a server's error after a part")));
  test::check_golden("warnings.txt", to_text(named("root.tar without files")));
  test::check_golden("many-faults.txt", to_text(named("many faults")));
  test::check_golden("many-faults.json", to_json(named("many faults")));
  test::check_golden("many-faults.yaml", to_yaml(named("many faults")));
  test::check_golden("not-gzip.txt", to_text(named("not gzip")));

  const std::string archive = test::own_archive();
  const std::string text = to_text(verify_bytes(archive));
  CHECK(text.starts_with("The archive is ok: nothing was found.\nEvery byte was looked at: "));
  CHECK(text.find("and every file was compared with its digest in the manifest.\n") != std::string::npos);
  const std::string quick_text = to_text(verify_bytes(archive, quick()));
  CHECK(quick_text.find("Structure and record were looked at, not every byte: ") != std::string::npos);
  CHECK(quick_text.find("the files were not compared with their digests in the manifest.\n") != std::string::npos);
  CHECK(quick_text.find("SHA") == std::string::npos);
  test::Parts repacked;
  repacked.more = [](test::TarBuilder& tar) { tar.file("juju-backup/manifest.json", write_manifest(test::good_manifest({}))); };
  const auto of_repacked = verify_bytes(test::stored_gzip(repacked.tar()));
  CHECK(of_repacked.findings.empty());
  CHECK(of_repacked.manifest_checked);
  CHECK(to_text(of_repacked).find("Another tool repacked what this library wrote, and every file was compared") != std::string::npos);
  // No form of a report shows the CA's private key.
  for (const std::string& form : {text, to_json(verify_bytes(archive)), to_yaml(verify_bytes(archive))}) {
    CHECK(form.find("hush-hush") == std::string::npos);
  }
  // The JSON form can be read back.
  const auto value = jujubackup::parse_json(to_json(verify_bytes(archive)));
  CHECK(*value.find("verdict")->string() == "ok");
  CHECK(*value.find("own-layout")->boolean());
  CHECK(*value.find("size-bytes")->integer() == static_cast<std::int64_t>(archive.size()));
}

TEST_CASE("verdicts and their names") {
  jujubackup::VerifyReport report;
  CHECK(report.verdict() == Verdict::ok);
  CHECK_FALSE(report.has("a"));
  report.findings.push_back({jujubackup::Severity::note, "a", "", "", ""});
  CHECK(report.verdict() == Verdict::ok);
  CHECK(report.has("a"));
  report.findings.push_back({jujubackup::Severity::error, "b", "", "", ""});
  report.findings.push_back({jujubackup::Severity::warning, "c", "", "", ""});
  CHECK(report.verdict() == Verdict::bad);
  report.findings.erase(report.findings.begin() + 1);
  CHECK(report.verdict() == Verdict::warnings);
  CHECK(name_of(Verdict::ok) == "ok");
  CHECK(name_of(Verdict::warnings) == "warnings");
  CHECK(name_of(Verdict::bad) == "bad");
  CHECK(name_of(jujubackup::Severity::note) == "note");
  CHECK(name_of(jujubackup::Severity::warning) == "warning");
  CHECK(name_of(jujubackup::Severity::error) == "error");
}
