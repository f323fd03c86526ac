#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <jujubackup/archive.hpp>

#include "tar_builder.hpp"
#include "test_support.hpp"

using jujubackup::Archive;
using jujubackup::ErrorCode;
using jujubackup::ExtractOptions;
using jujubackup::Job;
using jujubackup::RootTar;
using test::TarBuilder;
using test::TextSource;

namespace {

Archive open_text(std::string text, TextSource::Kind kind = TextSource::Kind::file, std::size_t most_at_once = SIZE_MAX) {
  return Archive::open(std::make_unique<TextSource>(std::move(text), kind, most_at_once));
}

// A line for each name below `path`: kind, mode, size of a file or target of a link.
std::string tree_at(const std::string& path) {
  std::vector<std::string> lines;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    struct stat status {};
    REQUIRE(::lstat(entry.path().c_str(), &status) == 0);
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(status.st_mode & 07777U));
    std::string line = std::filesystem::relative(entry.path().parent_path(), path) / entry.path().filename();
    if (line.starts_with("./")) line.erase(0, 2);
    if (S_ISLNK(status.st_mode)) {
      line += " -> " + std::filesystem::read_symlink(entry.path()).string();
    } else {
      line += std::string(" ") + mode;
      if (S_ISREG(status.st_mode)) line += " " + std::to_string(status.st_size);
    }
    lines.push_back(line + "\n");
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const auto& line : lines) text += line;
  return text;
}

const std::string metadata_line = "juju-backup/metadata.json 0644 " + std::to_string(test::sample_metadata.size()) + "\n";
const std::string dump_lines =
    "juju-backup/dump 0700\n"
    "juju-backup/dump/juju 0755\n"
    "juju-backup/dump/juju/models.bson 0644 5\n"
    "juju-backup/dump/logs 0755\n"
    "juju-backup/dump/oplog.bson 0644 0\n";
const std::string root_lines =
    "juju-backup/root 0700\n"
    "juju-backup/root/home 0755\n"
    "juju-backup/root/home/ubuntu 0755\n"
    "juju-backup/root/home/ubuntu/.ssh 0755\n"
    "juju-backup/root/home/ubuntu/.ssh/authorized_keys 0600 12\n"
    "juju-backup/root/var 0755\n"
    "juju-backup/root/var/lib 0755\n"
    "juju-backup/root/var/lib/juju 0755\n"
    "juju-backup/root/var/lib/juju/server.pem 0600 3\n"
    "juju-backup/root/var/lib/juju/tools 0755\n"
    "juju-backup/root/var/lib/juju/tools/jujud 0755 3000\n"
    "juju-backup/root/var/lib/juju/tools/machine-0 -> /var/lib/juju/tools/2.0.0-xenial-amd64\n";

struct Umask {
  explicit Umask(mode_t mask) : before(::umask(mask)) {}
  ~Umask() { ::umask(before); }
  mode_t before;
};

}  // namespace

TEST_CASE("everything comes out") {
  const Umask umask(022);
  const std::string tar = test::sample_tar();
  for (const std::string& bytes : {test::gzip_of(tar), test::gzip_in_members(tar, 700), test::sealed_in_members(tar, 700)}) {
    for (const auto kind : {TextSource::Kind::file, TextSource::Kind::pipe}) {
      const test::Scratch scratch;
      Archive archive = open_text(bytes, kind, 97);
      Job job;
      const auto report = archive.extract(scratch / "new/target", {}, &job);
      CHECK(tree_at(scratch / "new/target") == "juju-backup 0700\n" + dump_lines + metadata_line + root_lines);
      CHECK(report.files == 6);
      CHECK(report.directories == 6);
      CHECK(report.links == 1);
      CHECK(report.bytes == 5 + test::sample_metadata.size() + 3000 + 3 + 12);
      CHECK(report.warnings.empty());
      CHECK(test::read_file(scratch / "new/target/juju-backup/metadata.json") == test::sample_metadata);
      CHECK(test::read_file(scratch / "new/target/juju-backup/root/var/lib/juju/tools/jujud") == std::string(3000, 'j'));
      CHECK(job.snapshot().phase == jujubackup::Phase::extracting);
      CHECK(job.snapshot().done_bytes == bytes.size());
      struct stat status {};
      REQUIRE(::stat((scratch / "new/target/juju-backup/dump").c_str(), &status) == 0);
      CHECK(status.st_mtime == 1478074504);
      REQUIRE(::stat((scratch / "new/target/juju-backup/metadata.json").c_str(), &status) == 0);
      CHECK(status.st_mtime == 1478074504);
    }
  }
}

TEST_CASE("root.tar kept as a file") {
  const Umask umask(022);
  const test::Scratch scratch;
  Archive archive = open_text(test::gzip_of(test::sample_tar()));
  archive.extract(scratch.path(), {.names = {}, .root_tar = RootTar::keep});
  CHECK(tree_at(scratch.path()) == "juju-backup 0700\n" + dump_lines + metadata_line + "juju-backup/root.tar 0644 " +
                                       std::to_string(test::sample_root_tar().size()) + "\n");
  CHECK(test::read_file(scratch / "juju-backup/root.tar") == test::sample_root_tar());
}

TEST_CASE("some of it") {
  const Umask umask(022);
  struct Case {
    std::vector<std::string> names;
    RootTar root_tar;
    std::string tree;
    std::string error;
  };
  for (const Case& c : {
           Case{{"juju-backup/metadata.json"}, RootTar::unpack, "juju-backup 0755\n" + metadata_line, ""},
           Case{{"juju-backup/dump"}, RootTar::unpack, "juju-backup 0755\n" + dump_lines, ""},
           Case{{"./juju-backup/dump/"}, RootTar::unpack, "juju-backup 0755\n" + dump_lines, ""},
           Case{{"juju-backup/root.tar"}, RootTar::unpack, "juju-backup 0755\n" + root_lines, ""},
           Case{{"juju-backup/root.tar/var/lib/juju/server.pem"},
                RootTar::unpack,
                "juju-backup 0755\njuju-backup/root 0700\njuju-backup/root/var 0755\njuju-backup/root/var/lib 0755\n"
                "juju-backup/root/var/lib/juju 0755\njuju-backup/root/var/lib/juju/server.pem 0600 3\n",
                ""},
           Case{{"juju-backup/root.tar"},
                RootTar::keep,
                "juju-backup 0755\njuju-backup/root.tar 0644 " + std::to_string(test::sample_root_tar().size()) + "\n",
                ""},
           Case{{"juju-backup"}, RootTar::unpack, "juju-backup 0700\n" + dump_lines + metadata_line + root_lines, ""},
           Case{{"juju-backup/du", "juju-backup/metadata.json", "nothing"},
                RootTar::unpack,
                "juju-backup 0755\n" + metadata_line,
                "not in the archive: juju-backup/du, nothing"},
           Case{{"juju-backup/metadata.json/x"}, RootTar::unpack, "", "not in the archive: juju-backup/metadata.json/x"},
       }) {
    for (const std::string& bytes : {test::gzip_of(test::sample_tar()), test::sealed_in_members(test::sample_tar(), 700)}) {
      CAPTURE(c.names.front());
      const test::Scratch scratch;
      Archive archive = open_text(bytes);
      const auto error = test::error_of([&] { archive.extract(scratch.path(), {.names = c.names, .root_tar = c.root_tar}); });
      CHECK(tree_at(scratch.path()) == c.tree);
      CHECK((error ? error->message() : "") == c.error);
      if (error) CHECK(error->code() == ErrorCode::not_found);
    }
  }
}

TEST_CASE("hard links, also inside of root.tar") {
  const test::Scratch scratch;
  const std::string inner = TarBuilder().file("var/a", "inner").hardlink("var/b", "var/a").end().bytes();
  Archive archive = open_text(test::gzip_of(TarBuilder()
                                                .file("juju-backup/x", "outer")
                                                .hardlink("juju-backup/y", "juju-backup/x")
                                                .file("juju-backup/root.tar", inner)
                                                .end()
                                                .bytes()));
  const auto report = archive.extract(scratch.path());
  CHECK(report.links == 2);
  CHECK(std::filesystem::equivalent(scratch / "juju-backup/x", scratch / "juju-backup/y"));
  CHECK(std::filesystem::equivalent(scratch / "juju-backup/root/var/a", scratch / "juju-backup/root/var/b"));
  CHECK(test::read_file(scratch / "juju-backup/root/var/b") == "inner");
}

TEST_CASE("owners") {
  const std::string bytes = test::gzip_of(TarBuilder().file("a", "x", {.mode = 04755, .uid = 1234, .gid = 1235}).end().bytes());
  const test::Scratch scratch;
  const auto report = open_text(bytes).extract(scratch.path(), {.names = {}, .owners = true});
  struct stat status {};
  REQUIRE(::stat((scratch / "a").c_str(), &status) == 0);
  if (::geteuid() == 0) {
    CHECK(status.st_uid == 1234);
    CHECK(status.st_gid == 1235);
    CHECK((status.st_mode & 07777U) == 04755);
    CHECK(report.warnings.empty());
  } else {
    CHECK((status.st_mode & 07777U) == 0755);
    CHECK(report.warnings == std::vector<std::string>{"owner not restored: a"});
  }
}

TEST_CASE("a file that is there already is not touched") {
  const test::Scratch scratch;
  test::write_file(scratch / "juju-backup/metadata.json", "mine");
  Archive archive = open_text(test::gzip_of(test::sample_tar()));
  const auto error = test::error_of([&] { archive.extract(scratch.path()); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::exists);
  CHECK(error->message() == "\"juju-backup/metadata.json\" exists already");
  CHECK(test::read_file(scratch / "juju-backup/metadata.json") == "mine");
}

TEST_CASE("damage anywhere is told, though what came before it is on disk") {
  const std::string bytes = test::gzip_of(test::sample_tar());
  for (const std::size_t cut : {std::size_t{1}, std::size_t{8}, std::size_t{9}, bytes.size() / 2}) {
    const test::Scratch scratch;
    const auto error = test::error_of([&] { open_text(bytes.substr(0, bytes.size() - cut)).extract(scratch.path()); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(std::string(error->what()).starts_with("reading test.tar.gz: "));
  }
  std::string wrong_sum = bytes;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  const test::Scratch scratch;
  const auto error = test::error_of([&] { open_text(wrong_sum).extract(scratch.path()); });
  REQUIRE(error);
  CHECK(error->message().ends_with("gzip checksum mismatch"));
  CHECK(std::filesystem::exists(scratch / "juju-backup/metadata.json"));

  const std::string sealed = test::sealed_in_members(test::sample_tar(), 700);
  std::string unsealed = sealed;
  unsealed[unsealed.size() - 20] ^= 1;
  const test::Scratch other;
  CHECK(test::error_of([&] { open_text(unsealed).extract(other.path()); })->code() == ErrorCode::corrupt);
}

TEST_CASE("cancelling leaves no half file") {
  const test::Scratch scratch;
  const std::string bytes = test::gzip_of(TarBuilder().file("big", std::string(20'000'000, 'x')).end().bytes(), 0);
  Job job;
  class Cancelling final : public jujubackup::Source {
   public:
    Cancelling(std::unique_ptr<jujubackup::Source> source, Job& watched) : source_(std::move(source)), job_(watched) {}
    std::size_t read(std::span<std::byte> into) override {
      if (++reads_ == 100) job_.cancel();
      return source_->read(into);
    }
    void rewind() override { source_->rewind(); }
    std::optional<std::uint64_t> size() const override { return source_->size(); }
    std::string name() const override { return source_->name(); }

   private:
    std::unique_ptr<jujubackup::Source> source_;
    Job& job_;
    int reads_ = 0;
  };
  Archive cancelled = Archive::open(std::make_unique<Cancelling>(std::make_unique<TextSource>(bytes, TextSource::Kind::file, 65536), job));
  const auto error = test::error_of([&] { cancelled.extract(scratch.path(), {}, &job); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::cancelled);
  CHECK(tree_at(scratch.path()).empty());
}
