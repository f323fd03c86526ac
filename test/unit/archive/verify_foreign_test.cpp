#include <algorithm>
#include <set>

#include "archive/findings.hpp"
#include "archive/gzip_reader.hpp"
#include "verify_support.hpp"

namespace test {

namespace {

using jujubackup::Depth;
using jujubackup::Verdict;
using jujubackup::VerifyOptions;
using jujubackup::VerifyReport;
using Lines = std::vector<std::string>;

// A good archive with one thing changed.
std::string changed(const std::function<void(Parts&)>& change) {
  Parts parts;
  change(parts);
  return stored_gzip(parts.tar());
}

std::string with_entries(const std::function<void(TarBuilder&)>& more) {
  return changed([&](Parts& parts) { parts.more = more; });
}

std::string with_root(const std::string& root_tar) {
  return changed([&](Parts& parts) { parts.root_tar = root_tar; });
}

std::string good() { return stored_gzip(Parts().tar()); }

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("nothing to replace");
  return text.replace(at, what.size(), with);
}

const std::string server_error = R"({"error":{"message":"while reading the archive: EOF","code":""}})";

// Enough zeros that no honest archive holds, as members of a mebibyte each.
std::string bomb_file() {
  TarBuilder begin;
  begin.directory("juju-backup").header("juju-backup/dump/juju/zeros", std::uint64_t{7} << 30);
  const std::string zeros = gzip_of(std::string(std::size_t{1} << 20, '\0'), 9);
  std::string file = gzip_of(begin.bytes());
  for (int i = 0; i < 300; ++i) file += zeros;
  return file;
}

std::string many_unsafe_names() {
  return with_entries([](TarBuilder& tar) {
    for (int i = 0; i < 1200; ++i) tar.file("../x", "");
  });
}

std::vector<VerifyCase> cases_of_the_file() {
  const std::string whole = good();
  std::string wrong_checksum = whole;
  wrong_checksum[whole.size() - 6] = static_cast<char>(wrong_checksum[whole.size() - 6] ^ 1);
  std::string wrong_length = whole;
  wrong_length[whole.size() - 1] = static_cast<char>(wrong_length[whole.size() - 1] ^ 1);
  VerifyOptions other_record;
  other_record.recorded_size_bytes = 5;
  other_record.recorded_sha1_base64 = "2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
  other_record.recorded_sha256_hex = std::string(64, '0');
  return {
      {"good", whole, {}},
      {"several members", gzip_in_members(Parts().tar(), 1000), {}},
      {"zero bytes after the gzip data", whole + std::string(700, '\0'), {}},
      {"zero bytes after the tar data", stored_gzip(Parts().tar() + std::string(8192, '\0')), {}},
      {"empty", "", {}},
      {"not gzip", "<html>503</html>", {}},
      {"a server's error alone", server_error, {}},
      {"cut", whole.substr(0, 5000), {}},
      {"cut in the header", whole.substr(0, 7), {}},
      {"cut in the trailer", whole.substr(0, whole.size() - 3), {}},
      {"wrong checksum", wrong_checksum, {}},
      {"wrong length", wrong_length, {}},
      {"bytes after the end", whole + "garbage", {}},
      {"a server's error after the end", whole + server_error + "\n", {}},
      {"a server's error after a part", whole.substr(0, 5000) + server_error, {}},
      {"a server's error with control bytes", whole + "{\"error\":\"\xe2\x80\xae" + std::string(300, 'x') + "\"}", {}},
      {"a second archive after the first", whole + whole, {}},
      {"another record", whole, other_record},
  };
}

std::vector<VerifyCase> cases_of_the_tar() {
  const std::string tar = Parts().tar();
  std::string header_damaged = tar;
  header_damaged[tar.find("juju-backup/dump") + 1] = 'x';
  return {
      {"no end", stored_gzip(tar.substr(0, tar.size() - 1024)), {}},
      {"half an end", stored_gzip(tar.substr(0, tar.size() - 512)), {}},
      {"cut in a file", stored_gzip(tar.substr(0, 1600)), {}},
      {"cut in a header", stored_gzip(tar.substr(0, 700)), {}},
      {"misaligned", stored_gzip("x" + tar), {}},
      {"damaged header", stored_gzip(header_damaged), {}},
      {"something after the end", stored_gzip(tar + "more"), {}},
      {"climbing name", with_entries([](TarBuilder& t) { t.file("juju-backup/../../etc/passwd", "x"); }), {}},
      {"absolute name", with_entries([](TarBuilder& t) { t.file("/etc/passwd", "x"); }), {}},
      {"many unsafe names", many_unsafe_names(), {}},
      {"FIFO", with_entries([](TarBuilder& t) { t.header("juju-backup/dump/fifo", 0, {.type = '6'}); }), {}},
      {"the same name twice", with_entries([](TarBuilder& t) { t.file("juju-backup/dump/oplog.bson", ""); }), {}},
      {"a directory twice", with_entries([](TarBuilder& t) { t.directory("juju-backup/dump/"); }), {}},
      {"a directory in a file's place", with_entries([](TarBuilder& t) { t.directory("juju-backup/dump/oplog.bson"); }), {}},
      {"two records", with_entries([](TarBuilder& t) { t.file("juju-backup/metadata.json", sample_metadata); }), {}},
      {"something else at the top", with_entries([](TarBuilder& t) { t.file("README\x1b[2J", "x"); }), {}},
      {"something else in the folder", with_entries([](TarBuilder& t) { t.directory("juju-backup/logs"); }), {}},
      {"settings of old archives", with_entries([](TarBuilder& t) { t.file("juju-backup/environconfig.json", "{}"); }), {}},
      {"link to an absolute path", with_entries([](TarBuilder& t) { t.symlink("juju-backup/dump/x", "/etc"); }), {}},
      {"link that climbs out", with_entries([](TarBuilder& t) { t.symlink("juju-backup/dump/x", "./../../y/../.."); }), {}},
      {"link that climbs and stays", with_entries([](TarBuilder& t) { t.symlink("juju-backup/dump/x", "../../y/.."); }), {}},
      {"hard link to nothing", with_entries([](TarBuilder& t) { t.hardlink("juju-backup/dump/x", "juju-backup/dump/y"); }), {}},
      {"hard link to itself", with_entries([](TarBuilder& t) { t.hardlink("juju-backup/dump/x", "juju-backup/dump/x"); }), {}},
      {"hard link to a link",
       with_entries(
           [](TarBuilder& t) { t.symlink("juju-backup/dump/x", "oplog.bson").hardlink("juju-backup/dump/y", "juju-backup/dump/x"); }),
       {}},
      {"hard link to root.tar", with_entries([](TarBuilder& t) { t.hardlink("juju-backup/dump/x", "juju-backup/root.tar"); }), {}},
      {"hard link with content",
       with_entries([](TarBuilder& t) {
         t.pax({{"comment", "x"}}).file("juju-backup/dump/x", "content", {.type = '1', .link = "juju-backup/dump/oplog.bson"});
       }),
       {}},
      {"content shorter than the header says",
       with_entries([](TarBuilder& t) {
         t.pax({{"SCHILY.realsize", "5"}}).file("juju-backup/x", std::string(600, 'x'));
       }),
       {}},
      {"below a file", with_entries([](TarBuilder& t) { t.file("juju-backup/dump/oplog.bson/x", ""); }), {}},
      {"below a link", with_entries([](TarBuilder& t) { t.symlink("juju-backup/dump/x", "juju").file("juju-backup/dump/x/a", ""); }), {}},
      {"a file in a directory's place",
       with_entries([](TarBuilder& t) { t.file("juju-backup/dump/a/b", "").file("juju-backup/dump/a", ""); }),
       {}},
      {"a file where root.tar is unpacked",
       with_entries([](TarBuilder& t) { t.file("juju-backup/root/var/lib/juju/server.pem", ""); }),
       {}},
      {"a link where root.tar is unpacked", with_entries([](TarBuilder& t) { t.symlink("juju-backup/root", "dump"); }), {}},
      {"a name that is too deep",
       with_entries([](TarBuilder& t) {
         std::string name = "juju-backup/dump";
         for (int i = 0; i < 100; ++i) name += "/x";
         t.gnu_long('L', name).file("short", "");
       }),
       {}},
      {"a link's target that is too long",
       with_entries([](TarBuilder& t) { t.gnu_long('K', std::string(4096, 'x')).symlink("juju-backup/dump/x", "short"); }),
       {}},
      {"no end after a global header",
       stored_gzip(Parts().tar_without_end() + TarBuilder().file("g", "9 a=bcde\n", {.type = 'g'}).bytes()),
       {}},
      {"a global header", with_entries([](TarBuilder& t) { t.file("g", "9 a=bcde\n", {.type = 'g'}); }), {}},
      {"hard link", with_entries([](TarBuilder& t) { t.hardlink("juju-backup/dump/x", "juju-backup/dump/oplog.bson"); }), {}},
  };
}

std::vector<VerifyCase> cases_of_the_layout() {
  const auto metadata = [](const std::string& text) { return changed([&](Parts& parts) { parts.metadata = text; }); };
  const auto dump = [](const std::vector<std::pair<std::string, std::string>>& files) {
    return changed([&](Parts& parts) { parts.dump = files; });
  };
  return {
      {"no metadata", changed([](Parts& parts) { parts.metadata.reset(); }), {}},
      {"empty metadata", metadata(""), {}},
      {"metadata of the wrong type", metadata(R"({"Notes":7})"), {}},
      {"metadata without end", metadata(sample_metadata.substr(0, 100)), {}},
      {"huge metadata", metadata("{\"Notes\":\"" + std::string(std::size_t{2} << 20, 'x') + "\"}"), {}},
      {"unknown metadata version", metadata(R"({"FormatVersion":3})"), {}},
      {"metadata is a directory",
       changed([](Parts& parts) {
         parts.metadata.reset();
         parts.more = [](TarBuilder& tar) { tar.directory("juju-backup/metadata.json"); };
       }),
       {}},
      {"metadata tells another size", metadata(replaced(sample_metadata, R"("Size":0)", R"("Size":77)")), {}},
      {"metadata tells another checksum",
       metadata(replaced(sample_metadata, R"("Checksum":"","ChecksumFormat":"")",
                         R"("Checksum":"2jmj7l5rSw0yVb/vlWAYkK/YBwk=","ChecksumFormat":"SHA-1, base64 encoded")")),
       {}},
      {"no root.tar", changed([](Parts& parts) { parts.root_tar.reset(); }), {}},
      {"root.tar is a link",
       changed([](Parts& parts) {
         parts.root_tar.reset();
         parts.more = [](TarBuilder& tar) { tar.symlink("juju-backup/root.tar", "dump"); };
       }),
       {}},
      {"two root.tar", with_entries([](TarBuilder& t) { t.file("juju-backup/root.tar", good_root_tar()); }), {}},
      {"empty root.tar", with_root(""), {}},
      {"root.tar without files", with_root(std::string(1024, '\0')), {}},
      {"root.tar without end", with_root(good_root_tar().substr(0, good_root_tar().size() - 1024)), {}},
      {"root.tar cut in a file", with_root(good_root_tar().substr(0, 1024 + 3)), {}},
      {"root.tar damaged", with_root(good_root_tar().replace(513, 3, "xxx")), {}},
      {"root.tar with more after its end", with_root(good_root_tar() + "more"), {}},
      {"secret of the snap, elsewhere",
       with_root(replaced(TarBuilder()
                              .file("srv/juju/tools/2.9/jujud", "x")
                              .file("srv/juju/system-identity", "x")
                              .file("srv/juju/server.pem", "x")
                              .file("var/snap/juju-db/common/shared-secret", "x")
                              .file("srv/juju/agents/machine-12/agent.conf", "x")
                              .end()
                              .bytes(),
                          "jujud", "jujud")),
       {}},
      {"root.tar that climbs", with_root(TarBuilder().file("../x", "x").raw(good_root_tar()).bytes()), {}},
      {"root.tar with a device", with_root(TarBuilder().header("dev/sda", 0, {.type = '4'}).raw(good_root_tar()).bytes()), {}},
      {"root.tar with a name twice", with_root(TarBuilder().file("var/lib/juju/server.pem", "x").raw(good_root_tar()).bytes()), {}},
      {"root.tar with a link that climbs out", with_root(TarBuilder().symlink("etc/x", "../../y").raw(good_root_tar()).bytes()), {}},
      {"root.tar with hard links",
       with_root(TarBuilder().file("a", "x").hardlink("b", "a").hardlink("c", "d").raw(good_root_tar()).bytes()),
       {}},
      {"no dump",
       changed([](Parts& parts) {
         parts.dump.clear();
         parts.dump_directory = false;
       }),
       {}},
      {"empty dump", dump({}), {}},
      {"dump without documents", dump({{"juju/models.metadata.json", "{}"}, {"logs/x", ""}}), {}},
      {"dump with one entry", dump({{"juju/models.bson", ""}, {"juju/models.metadata.json", "{}"}}), {}},
      {"dump without oplog", dump({{"juju/models.bson", ""}, {"juju/models.metadata.json", "{}"}, {"logs/x", ""}}), {}},
      {"dump without juju", dump({{"logs/a.bson", ""}, {"logs/a.metadata.json", "{}"}, {"oplog.bson", ""}}), {}},
      {"collections without description",
       dump({{"juju/a.bson", ""},
             {"juju/b.bson", ""},
             {"juju/c.bson", ""},
             {"juju/d.bson", ""},
             {"juju/system.indexes.bson", ""},
             {"oplog.bson", ""}}),
       {}},
      {"one collection without description", dump({{"juju/a.bson", ""}, {"oplog.bson", ""}}), {}},
      {"document length impossible",
       dump({{"juju/a.bson", one_document + std::string("\x04\0\0\0\0", 5)}, {"juju/a.metadata.json", "{}"}, {"oplog.bson", one_document}}),
       {}},
      {"document cut", dump({{"juju/a.bson", one_document.substr(0, 4)}, {"juju/a.metadata.json", "{}"}, {"oplog.bson", ""}}), {}},
      {"many faults",
       changed([](Parts& parts) {
         parts.metadata = "x";
         parts.root_tar = "x";
         parts.dump = {{"juju/a.bson", "x"}};
         parts.end = false;
       }),
       {}},
  };
}

}  // namespace

std::vector<VerifyCase> foreign_cases() {
  std::vector<VerifyCase> all = cases_of_the_file();
  for (auto& each : cases_of_the_tar()) all.push_back(std::move(each));
  for (auto& each : cases_of_the_layout()) all.push_back(std::move(each));
  return all;
}

std::string inflated(const std::string& gzip) {
  const auto source = jujubackup::source_of_memory(bytes_of(gzip), "memory");
  jujubackup::gzip::GzipReader stream(*source, {});
  std::string text;
  for (auto piece = stream.next(); !piece.empty(); piece = stream.next()) text += text_of(piece);
  return text;
}

// An archive that zlib compressed, small enough to be spoiled at every byte.
std::string compressed() { return gzip_of(Parts().tar(), 9); }

}  // namespace test

using test::Parts;
using test::verify_bytes;

TEST_CASE("what is found in archives of other writers") {
  test::check_golden("findings-foreign.txt", test::findings_of(test::foreign_cases(), false));
}

TEST_CASE("a gzip bomb is not inflated to its end") {
  const auto report = verify_bytes(test::bomb_file());
  CHECK(report.has("gzip-bomb"));
  CHECK(report.verdict() == jujubackup::Verdict::bad);
  CHECK(report.content_bytes < std::uint64_t{270} << 20);
  CHECK(report.size_bytes == test::bomb_file().size());
}

TEST_CASE("the numbers of a good archive of another writer") {
  const std::string archive = test::good();
  const auto report = verify_bytes(archive);
  CHECK(report.findings.empty());
  CHECK(report.verdict() == jujubackup::Verdict::ok);
  CHECK(report.size_bytes == archive.size());
  jujubackup::Digest sha1(jujubackup::Digest::Kind::sha1);
  sha1.update(test::bytes_of(archive));
  CHECK(report.sha1_base64 == sha1.finish_base64());
  CHECK(report.content_bytes == Parts().tar().size());
  CHECK(report.entries == 7);
  CHECK(report.root_entries == 5);
  CHECK(report.documents == 1);
  CHECK(report.members == 1);
  CHECK_FALSE(report.own_layout);
  CHECK_FALSE(report.manifest_checked);
  REQUIRE(report.metadata.has_value());
  CHECK(report.metadata->hostname == "juju-7e9f10-0");
}

TEST_CASE("quick depth inflates archives of other writers once, without digests and documents") {
  jujubackup::VerifyOptions quick;
  quick.depth = jujubackup::Depth::quick;
  const auto report = verify_bytes(test::good(), quick);
  CHECK(report.findings.empty());
  CHECK(report.depth == jujubackup::Depth::quick);
  CHECK(report.size_bytes == test::good().size());
  CHECK(report.sha1_base64.empty());
  CHECK(report.sha256_hex.empty());
  CHECK(report.root_entries == 5);
  CHECK(report.documents == 0);
  CHECK(report.metadata.has_value());
  // What it finds is what full depth finds, but for documents and digests.
  for (const auto& each : test::foreign_cases()) {
    CAPTURE(each.name);
    jujubackup::VerifyOptions options = each.options;
    options.depth = jujubackup::Depth::quick;
    const auto at_quick = verify_bytes(each.archive, options);
    const auto at_full = verify_bytes(each.archive, each.options);
    for (const auto& finding : at_quick.findings) CHECK(at_full.has(finding.code));
    for (const auto& finding : at_full.findings) {
      const bool beyond = finding.code == "bson-damaged" || finding.code == "recorded-sha1" || finding.code == "recorded-sha256" ||
                          each.name == "metadata tells another checksum";
      CHECK(at_quick.has(finding.code) != beyond);
    }
  }
}

TEST_CASE("an archive of another writer that ends at any byte is bad") {
  for (const std::string& archive : {test::compressed(), test::good()}) {
    const std::size_t step = archive.size() < 4000 ? 1 : 37;
    for (std::size_t size = 0; size < archive.size(); size += step) {
      CAPTURE(size);
      const auto report = verify_bytes(std::string_view(archive).substr(0, size));
      REQUIRE(report.verdict() == jujubackup::Verdict::bad);
      REQUIRE(report.size_bytes == size);
      REQUIRE(report.sha256_hex.size() == 64);
      jujubackup::VerifyOptions quick;
      quick.depth = jujubackup::Depth::quick;
      REQUIRE(verify_bytes(std::string_view(archive).substr(0, size), quick).verdict() == jujubackup::Verdict::bad);
    }
  }
}

TEST_CASE("members of another writer's archive cannot be left out at the end") {
  const std::string tar = Parts().tar();
  const std::string archive = test::gzip_in_members(tar, 1000);
  std::size_t cut = 0;
  for (std::size_t at = 0; at + 1000 < tar.size(); at += 1000) {
    cut += test::gzip_of(tar.substr(at, 1000)).size();
    CAPTURE(at);
    CHECK(verify_bytes(std::string_view(archive).substr(0, cut)).verdict() == jujubackup::Verdict::bad);
  }
  CHECK(verify_bytes(archive).verdict() == jujubackup::Verdict::ok);
}

TEST_CASE("a flipped bit in an archive of another writer") {
  const std::string archive = test::compressed();
  jujubackup::VerifyOptions record;
  const auto good = verify_bytes(archive);
  record.recorded_size_bytes = good.size_bytes;
  record.recorded_sha1_base64 = good.sha1_base64;
  REQUIRE(verify_bytes(archive, record).findings.empty());

  // Bytes of the gzip header that mean nothing for the content: the flag "is text", time, extra flags, system.
  const std::set<std::size_t> no_matter = {3, 4, 5, 6, 7, 8, 9};
  std::set<std::size_t> passed_in_header;
  std::string spoiled = archive;
  for (std::size_t at = 0; at < archive.size(); ++at) {
    for (int bit = 0; bit < 8; bit += at < 16 || at + 16 > archive.size() ? 1 : 3) {
      CAPTURE(at);
      CAPTURE(bit);
      spoiled[at] = static_cast<char>(static_cast<unsigned char>(archive[at]) ^ (1U << bit));
      REQUIRE(verify_bytes(spoiled, record).has("recorded-sha1"));
      if (verify_bytes(spoiled).verdict() != jujubackup::Verdict::bad) {
        // Beyond the header only what inflates to the very same bytes can pass: another distance within a run, the bits after the end.
        if (at < 10) passed_in_header.insert(at);
        if (at >= 10) REQUIRE(test::inflated(spoiled) == Parts().tar());
      }
      spoiled[at] = archive[at];
    }
  }
  CHECK(passed_in_header == no_matter);
}

TEST_CASE("pieces of any size and pipes give the same report") {
  for (const std::string& archive : {test::compressed(), test::compressed() + "{\"error\":\"EOF\"}", test::own_archive(),
                                     test::own_archive().substr(0, 900), test::stored_gzip(Parts().tar() + "x")}) {
    const std::string expected = to_json(verify_bytes(archive));
    for (const auto kind : {test::TextSource::Kind::file, test::TextSource::Kind::pipe}) {
      for (const std::size_t most : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
        test::TextSource source(archive, kind, most);
        CHECK(to_json(jujubackup::verify_archive(source, {}, nullptr)) == expected);
      }
    }
  }
}
