#include <jujubackup/archive.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <functional>

#include "archive/fault.hpp"
#include "tar_builder.hpp"
#include "test_support.hpp"

using jujubackup::Archive;
using jujubackup::Entry;
using jujubackup::EntryType;
using jujubackup::ErrorCode;
using jujubackup::Job;
using jujubackup::MemorySink;
using test::TarBuilder;
using test::TextSource;

namespace {

Archive open_text(std::string text, TextSource::Kind kind = TextSource::Kind::file, std::size_t most_at_once = SIZE_MAX) {
  return Archive::open(std::make_unique<TextSource>(std::move(text), kind, most_at_once));
}

std::string line_of(const Entry& entry) {
  char type = '?';
  switch (entry.type) {
    case EntryType::file: type = 'f'; break;
    case EntryType::directory: type = 'd'; break;
    case EntryType::symlink: type = 'l'; break;
    case EntryType::hardlink: type = 'h'; break;
  }
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", entry.mode);
  std::string text = std::string(1, type) + " " + mode + " " + std::to_string(entry.size_bytes) + " " + entry.path;
  if (!entry.link_target.empty()) text += " -> " + entry.link_target;
  return text + "\n";
}

std::string listing_of(Archive& archive, bool inside = true) {
  std::string text;
  for (const Entry& entry : archive.list(inside)) text += line_of(entry);
  return text;
}

std::string content_of(Archive& archive, std::string_view path) {
  MemorySink sink(1 << 20);
  archive.read_entry(path, sink);
  return sink.text();
}

std::string finding_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const jujubackup::ArchiveFault& fault) {
    return fault.finding();
  } catch (const jujubackup::Error& error) {
    return "error " + std::string(name_of(error.code()));
  }
  return "";
}

const std::string sample_outer =
    "d 0700 0 juju-backup\n"
    "d 0700 0 juju-backup/dump\n"
    "d 0755 0 juju-backup/dump/logs\n"
    "d 0755 0 juju-backup/dump/juju\n"
    "f 0644 5 juju-backup/dump/juju/models.bson\n"
    "f 0644 0 juju-backup/dump/oplog.bson\n"
    "f 0644 " +
    std::to_string(test::sample_root_tar().size()) + " juju-backup/root.tar\n";
const std::string sample_inner =
    "d 0755 0 juju-backup/root.tar/var/lib/juju/tools\n"
    "f 0755 3000 juju-backup/root.tar/var/lib/juju/tools/jujud\n"
    "l 0777 0 juju-backup/root.tar/var/lib/juju/tools/machine-0 -> /var/lib/juju/tools/2.0.0-xenial-amd64\n"
    "f 0600 3 juju-backup/root.tar/var/lib/juju/server.pem\n"
    "f 0600 12 juju-backup/root.tar/home/ubuntu/.ssh/authorized_keys\n";
const std::string sample_last = "f 0644 " + std::to_string(test::sample_metadata.size()) + " juju-backup/metadata.json\n";

struct Form {
  std::string name;
  std::string bytes;
};

std::vector<Form> forms_of(const std::string& tar) {
  return {
      {"one member", test::gzip_of(tar)},
      {"stored", test::gzip_of(tar, 0)},
      {"many members", test::gzip_in_members(tar, 700)},
      {"padded with zeros", test::gzip_of(tar) + std::string(1000, '\0')},
      {"more zero blocks at the end", test::gzip_of(tar + std::string(9216, '\0'))},
      {"sealed", test::sealed_in_members(tar, 700)},
      {"sealed, one member", test::sealed_in_members(tar, tar.size())},
      {"sealed, members of 64 bytes", test::sealed_in_members(tar, 64)},
  };
}

}  // namespace

TEST_CASE("what is no gzip is refused at once") {
  struct Case {
    std::string bytes;
    const char* message;
  };
  for (const Case& c :
       {Case{"", "test.tar.gz: the file is empty"}, Case{"\x1f", "test.tar.gz: not a gzip file"},
        Case{"\x1f\x8b", "test.tar.gz: not a gzip file"}, Case{"\x1f\x8b\x07", "test.tar.gz: not a gzip file"},
        Case{"{\"error\":\"x\"}", "test.tar.gz: not a gzip file"}, Case{test::sample_tar(), "test.tar.gz: not a gzip file"}}) {
    for (const auto kind : {TextSource::Kind::file, TextSource::Kind::pipe}) {
      const auto error = test::error_of([&] { open_text(c.bytes, kind, 1); });
      REQUIRE(error);
      CHECK(error->code() == ErrorCode::corrupt);
      CHECK(std::string(error->what()) == c.message);
    }
  }
  CHECK(test::error_of([] { Archive::open("/nonexistent/x.tar.gz"); })->code() == ErrorCode::not_found);
}

TEST_CASE("every form of a gzip file reads the same") {
  for (const Form& form : forms_of(test::sample_tar())) {
    CAPTURE(form.name);
    for (const std::size_t at_once : {std::size_t{1}, std::size_t{7}, SIZE_MAX}) {
      Archive archive = open_text(form.bytes, TextSource::Kind::file, at_once);
      CHECK(listing_of(archive) == sample_outer + sample_inner + sample_last);
      CHECK(listing_of(archive, false) == sample_outer + sample_last);
      CHECK(archive.metadata()->hostname == "juju-7e9f10-0");
      CHECK(content_of(archive, "juju-backup/dump/juju/models.bson") == std::string("\x05\0\0\0\0", 5));
      CHECK(content_of(archive, "juju-backup/root.tar/var/lib/juju/server.pem") == "pem");
      CHECK(archive.size_bytes() == form.bytes.size());
      CHECK(archive.name() == "test.tar.gz");
    }
  }
}

TEST_CASE("a pipe is read once") {
  for (const Form& form : forms_of(test::sample_tar())) {
    CAPTURE(form.name);
    Archive listed = open_text(form.bytes, TextSource::Kind::pipe, 5);
    CHECK_FALSE(listed.size_bytes());
    CHECK(listing_of(listed) == sample_outer + sample_inner + sample_last);
    CHECK(test::error_of([&] { listed.list(); })->code() == ErrorCode::unsupported);
    Archive shown = open_text(form.bytes, TextSource::Kind::pipe, 5);
    CHECK(shown.metadata()->notes == "before upgrade");
    Archive read = open_text(form.bytes, TextSource::Kind::pipe, 5);
    CHECK(content_of(read, "juju-backup/root.tar/home/ubuntu/.ssh/authorized_keys") == "ssh-rsa AAAA");
    Archive facts = open_text(form.bytes, TextSource::Kind::pipe, 5);
    const auto metadata = facts.metadata_with_file_facts(true);
    CHECK(metadata.size_bytes == static_cast<std::int64_t>(form.bytes.size()));
    CHECK(metadata.checksum.size() == 28);
  }
}

TEST_CASE("a real pipe and a real file") {
  const test::Scratch scratch;
  const std::string bytes = test::gzip_of(test::sample_tar());
  test::write_file(scratch / "a.tgz", bytes);
  Archive file = Archive::open(scratch / "a.tgz");
  CHECK(listing_of(file) == sample_outer + sample_inner + sample_last);
  CHECK(file.name() == scratch / "a.tgz");
  CHECK(file.metadata_with_file_facts(false).finished.unix_seconds() > 1'600'000'000);
  CHECK(file.metadata_with_file_facts(false).checksum.empty());

  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  ::close(ends[1]);
  Archive pipe = Archive::open(jujubackup::source_of_descriptor(ends[0], "standard input"));
  CHECK(listing_of(pipe) == sample_outer + sample_inner + sample_last);
  ::close(ends[0]);
}

TEST_CASE("every dialect of tar headers") {
  const std::string long_name = "juju-backup/" + std::string(120, 'n') + "/" + std::string(200, 'm');
  const std::string prefixed = "juju-backup/" + std::string(90, 'd') + "/" + std::string(80, 'f');
  struct Case {
    std::string name;
    TarBuilder tar;
    std::string listing;
  };
  for (const Case& c : {
           Case{"USTAR with a prefix", TarBuilder().file(prefixed, "abc"), "f 0644 3 " + prefixed + "\n"},
           Case{"PAX path", TarBuilder().pax({{"path", long_name}}).file("short", "abc"), "f 0644 3 " + long_name + "\n"},
           Case{"PAX path, not UTF-8", TarBuilder().pax({{"hdrcharset", "BINARY"}, {"path", "a\xff"}}).file("short", ""),
                "f 0644 0 a\xff\n"},
           Case{"PAX size", TarBuilder().pax({{"size", "3"}}).header("a", 0).content("abc"), "f 0644 3 a\n"},
           Case{"PAX linkpath", TarBuilder().pax({{"linkpath", long_name}}).symlink("a", "x"), "l 0777 0 a -> " + long_name + "\n"},
           Case{"PAX times and unknown keys", TarBuilder().pax({{"mtime", "1478074504.25"}, {"JUJU.x", "y"}}).file("a", ""),
                "f 0644 0 a\n"},
           Case{"GNU long name", TarBuilder().gnu_long('L', long_name).file("short", "abc", {.gnu = true}), "f 0644 3 " + long_name + "\n"},
           Case{"GNU long link",
                TarBuilder().gnu_long('K', long_name).header("a", 0, {.type = '2', .mode = 0777, .link = "x", .gnu = true}),
                "l 0777 0 a -> " + long_name + "\n"},
           Case{"base-256 size", TarBuilder().header("a", 3, {.gnu = true, .base256_size = true}).content("abc"), "f 0644 3 a\n"},
           Case{"old tar's type", TarBuilder().file("a", "abc", {.type = '\0'}), "f 0644 3 a\n"},
           Case{"slashes and dots", TarBuilder().directory("./").directory("./juju-backup/").file("./juju-backup//x", "1"),
                "d 0755 0 juju-backup\nf 0644 1 juju-backup/x\n"},
           Case{"type bits in modes", TarBuilder().file("a", "", {.mode = 0100755}).directory("b", 040700), "f 0755 0 a\nd 0700 0 b\n"},
           Case{"hard link", TarBuilder().file("a", "abc").hardlink("b", "./a"), "f 0644 3 a\nh 0644 0 b -> a\n"},
           Case{"names that are not UTF-8", TarBuilder().file("caf\xe9", ""), "f 0644 0 caf\xe9\n"},
           Case{"nothing at all", TarBuilder(), ""},
       }) {
    CAPTURE(c.name);
    const std::string tar = TarBuilder(c.tar).end().bytes();
    for (const Form& form : {Form{"plain", test::gzip_of(tar)}, Form{"sealed", test::sealed_in_members(tar, 512)}}) {
      CAPTURE(form.name);
      Archive archive = open_text(form.bytes);
      CHECK(listing_of(archive) == c.listing);
    }
  }
}

TEST_CASE("owners and times of entries") {
  Archive archive = open_text(test::gzip_of(TarBuilder()
                                                .file("a", "", {.uid = 1000, .gid = 1001, .mtime_s = 1})
                                                .pax({{"uid", "4000000000"}, {"mtime", "-5"}})
                                                .file("b", "")
                                                .end()
                                                .bytes()));
  const auto entries = archive.list();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].uid == 1000);
  CHECK(entries[0].gid == 1001);
  CHECK(entries[0].mtime_s == 1);
  CHECK(entries[1].uid == 4000000000);
  CHECK(entries[1].mtime_s == -5);
}

TEST_CASE("a member beyond 8 GiB is seen, and its absence noticed") {
  constexpr std::uint64_t size = std::uint64_t{9} << 30;
  for (const TarBuilder& tar : {TarBuilder().header("big", size, {.gnu = true, .base256_size = true}),
                                TarBuilder().pax({{"size", std::to_string(size)}}).header("big", 0)}) {
    Archive archive = open_text(test::gzip_of(TarBuilder(tar).raw("cut").bytes()));
    std::uint64_t seen = 0;
    CHECK(finding_of([&] { archive.for_each(true, [&](const Entry& entry) { seen = entry.size_bytes; }); }) == "tar-truncated");
    CHECK(seen == size);
  }
}

TEST_CASE("metadata wherever it is, or nowhere") {
  const auto tar_with = [](const std::string& text) { return TarBuilder().file("juju-backup/metadata.json", text).end().bytes(); };
  SUBCASE("legacy archive without it") {
    Archive archive = open_text(
        test::gzip_of(TarBuilder().directory("juju-backup/").file("juju-backup/root.tar", test::sample_root_tar()).end().bytes()));
    CHECK_FALSE(archive.metadata());
    const auto made_up = archive.metadata_with_file_facts(true);
    CHECK(made_up.hostname == "<unknown>");
    CHECK(made_up.size_bytes == static_cast<std::int64_t>(*archive.size_bytes()));
    CHECK(made_up.checksum_format == "SHA-1, base64 encoded");
  }
  SUBCASE("names that only look like it") {
    Archive archive = open_text(test::gzip_of(TarBuilder()
                                                  .file("metadata.json", "x")
                                                  .file("juju-backup/metadata.json.bak", "x")
                                                  .file("other/juju-backup/metadata.json", "x")
                                                  .end()
                                                  .bytes()));
    CHECK_FALSE(archive.metadata());
  }
  SUBCASE("broken, and its text kept out of the message") {
    Archive archive = open_text(test::gzip_of(tar_with("{\"CAPrivateKey\":\"hush-hush\"")));
    const auto error = test::error_of([&] { archive.metadata(); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(std::string(error->what()).starts_with("reading test.tar.gz: juju-backup/metadata.json: "));
    CHECK(std::string(error->what()).find("hush") == std::string::npos);
  }
  SUBCASE("of a version to come") {
    Archive archive = open_text(test::gzip_of(tar_with("{\"FormatVersion\":3}")));
    const auto error = test::error_of([&] { archive.metadata(); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::unsupported);
    CHECK(std::string(error->what()) == "reading test.tar.gz: juju-backup/metadata.json: backup format 3 not supported");
  }
  SUBCASE("no file") {
    Archive archive = open_text(test::gzip_of(TarBuilder().directory("juju-backup/metadata.json").end().bytes()));
    CHECK(finding_of([&] { archive.metadata(); }) == "metadata-bad");
  }
  SUBCASE("too large") {
    Archive archive = open_text(test::gzip_of(tar_with(std::string((1 << 20) + 1, ' '))));
    CHECK(test::error_of([&] { archive.metadata(); })->code() == ErrorCode::limit);
  }
  SUBCASE("reading stops behind it") {
    std::string noise;
    for (std::uint32_t i = 0, x = 1; i < 4'000'000; ++i) noise += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
    auto source = std::make_unique<TextSource>(test::gzip_of(
        TarBuilder().file("juju-backup/metadata.json", test::sample_metadata).file("juju-backup/dump/x", noise).end().bytes()));
    const TextSource& watched = *source;
    Archive archive = Archive::open(std::move(source));
    CHECK(archive.metadata()->machine == "0");
    CHECK(watched.position() < 1'000'000);
  }
}

TEST_CASE("a sealed archive is read in parts only") {
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 8'000'000; ++i) noise += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  const std::string tar = TarBuilder()
                              .file("juju-backup/metadata.json", test::sample_metadata)
                              .file("juju-backup/dump/before", noise)
                              .file("juju-backup/root.tar", TarBuilder().file("var/a", noise).file("var/b", "needle").end().bytes())
                              .file("juju-backup/dump/after", "last")
                              .end()
                              .bytes();
  auto source = std::make_unique<TextSource>(test::sealed_in_members(tar, 65536));
  const TextSource& watched = *source;
  Archive archive = Archive::open(std::move(source));
  CHECK(archive.metadata()->machine == "0");
  CHECK(content_of(archive, "juju-backup/dump/after") == "last");
  CHECK(content_of(archive, "juju-backup/root.tar/var/b") == "needle");
  CHECK(archive.list().size() == 6);
  CHECK(watched.bytes_read_at() < 2'000'000);
  // One buffer was read in order, for the metadata.
  CHECK(watched.position() <= 262'144);
}

TEST_CASE("reading one entry") {
  const std::string tar = TarBuilder()
                              .directory("juju-backup")
                              .file("juju-backup/a", std::string(100'000, 'a'))
                              .hardlink("juju-backup/b", "juju-backup/a")
                              .hardlink("juju-backup/loop", "juju-backup/loop")
                              .hardlink("juju-backup/lost", "juju-backup/none")
                              .symlink("juju-backup/s", "a")
                              .file("juju-backup/root.tar", TarBuilder().file("x", "in").hardlink("y", "x").end().bytes())
                              .end()
                              .bytes();
  for (const Form& form : forms_of(tar)) {
    CAPTURE(form.name);
    Archive archive = open_text(form.bytes);
    CHECK(content_of(archive, "juju-backup/a") == std::string(100'000, 'a'));
    CHECK(content_of(archive, "juju-backup/b") == std::string(100'000, 'a'));
    CHECK(content_of(archive, "juju-backup/root.tar/y") == "in");
    CHECK(content_of(archive, "juju-backup/root.tar").size() == 2560);
    struct Case {
      std::string path;
      ErrorCode code;
      const char* message;
    };
    for (const Case& c : {Case{"juju-backup/c", ErrorCode::not_found, "test.tar.gz holds no juju-backup/c"},
                          Case{"juju-backup/root.tar/z", ErrorCode::not_found, "test.tar.gz holds no juju-backup/root.tar/z"},
                          Case{"", ErrorCode::not_found, "test.tar.gz holds no "},
                          Case{"juju-backup/lost", ErrorCode::not_found, "test.tar.gz holds no juju-backup/none"},
                          Case{"juju-backup", ErrorCode::invalid_argument, "juju-backup is a directory"},
                          Case{"juju-backup/s", ErrorCode::invalid_argument, "juju-backup/s is a symbolic link"},
                          Case{"juju-backup/loop", ErrorCode::corrupt, "juju-backup/loop: a hard link to what is no regular file"}}) {
      const auto error = test::error_of([&] { content_of(archive, c.path); });
      REQUIRE(error);
      CHECK(error->code() == c.code);
      CHECK(error->message() == c.message);
    }
  }
}

TEST_CASE("facts of the file") {
  const std::string bytes = test::gzip_of(test::sample_tar());
  jujubackup::Digest sha1(jujubackup::Digest::Kind::sha1);
  sha1.update(test::bytes_of(bytes));
  const std::string expected = sha1.finish_base64();
  for (const auto kind : {TextSource::Kind::file, TextSource::Kind::pipe}) {
    Archive archive = open_text(bytes, kind);
    const auto metadata = archive.metadata_with_file_facts(true);
    CHECK(metadata.hostname == "juju-7e9f10-0");
    CHECK(metadata.checksum == expected);
    CHECK(metadata.checksum_format == "SHA-1, base64 encoded");
    CHECK(metadata.size_bytes == static_cast<std::int64_t>(bytes.size()));
    CHECK(metadata.finished.is_zero());
  }
}

TEST_CASE("an archive that was cut anywhere is never listed as whole") {
  for (const Form& form : forms_of(test::sample_tar())) {
    CAPTURE(form.name);
    std::string whole = form.bytes;
    while (whole.ends_with(std::string(20, '\0'))) whole.pop_back();
    for (std::size_t size = 3; size + 20 < whole.size(); ++size) {
      Archive archive = open_text(whole.substr(0, size));
      const auto error = test::error_of([&] { archive.list(); });
      REQUIRE_MESSAGE(error, "cut at ", size);
      CHECK(error->code() == ErrorCode::corrupt);
    }
  }
}

TEST_CASE("progress and cancelling") {
  const std::string bytes = test::gzip_of(test::sample_tar());
  for (const bool sealed : {false, true}) {
    CAPTURE(sealed);
    Archive archive = open_text(sealed ? test::sealed_in_members(test::sample_tar(), 512) : bytes);
    Job job;
    archive.list(true, &job);
    CHECK(job.snapshot().phase == jujubackup::Phase::reading);
    if (!sealed) {
      CHECK(job.snapshot().done_bytes == bytes.size());
      CHECK(job.snapshot().total_bytes == bytes.size());
    }
    Job stopped;
    stopped.cancel();
    CHECK(test::error_of([&] { archive.list(true, &stopped); })->code() == ErrorCode::cancelled);
    CHECK(test::error_of([&] { archive.metadata(&stopped); })->code() == ErrorCode::cancelled);
    MemorySink sink(10);
    CHECK(test::error_of([&] { archive.read_entry("juju-backup/dump/oplog.bson", sink, &stopped); })->code() == ErrorCode::cancelled);
    // And works again.
    CHECK(archive.list().size() == 13);
  }
}
