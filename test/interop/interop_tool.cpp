// The library's side of archive_interop.sh: one verb for each thing that other programs are compared with.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/archive_writer.hpp>
#include <jujubackup/error.hpp>

#include "crypto/digest.hpp"
#include "io/fd.hpp"
#include "io/walk.hpp"

namespace {

using jujubackup::Archive;
using jujubackup::Entry;
using jujubackup::EntryType;

class DigestSink final : public jujubackup::Sink {
 public:
  void write(std::span<const std::byte> bytes) override { digest_.update(bytes); }
  std::string hex() { return digest_.finish_hex(); }

 private:
  jujubackup::Digest digest_{jujubackup::Digest::Kind::sha256};
};

int create(const std::string& root, const std::string& dump, const std::string& out) {
  jujubackup::ArchiveInput input;
  input.metadata.format_version = 1;
  input.metadata.started = jujubackup::Timestamp::parse_rfc3339("2020-06-30T21:04:11.5Z");
  input.metadata.model_uuid = "3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10";
  input.metadata.controller_uuid = "c54b1d8e-90ab-4c3d-b2f7-61e0a9d3c802";
  input.metadata.machine = input.metadata.controller_machine_id = "0";
  input.metadata.hostname = "juju-7e9f10-0";
  input.metadata.version = jujubackup::JujuVersion::parse("2.9.46");
  input.metadata.series = "jammy";
  input.metadata.ha_nodes = 1;
  for (const jujubackup::Found& found : jujubackup::walk(root)) {
    input.root_files.push_back({jujubackup::join_path(root, found.path), found.path, true});
  }
  input.dump_files = jujubackup::gather_dump(dump);

  jujubackup::Fd file(::open(out.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) throw jujubackup::Error::from_errno(errno, "creating " + out);
  jujubackup::DescriptorSink sink(file.get(), out);
  const jujubackup::WriteResult result = jujubackup::write_archive(input, sink, {.level = jujubackup::Level::standard, .strict = true});
  file.close(out.c_str());
  std::cout << result.size_bytes << " " << result.sha1_base64 << "\n";
  return 0;
}

int list(Archive& archive) {
  archive.for_each(true, [](const Entry& entry) {
    std::cout << static_cast<int>(entry.type) << " " << entry.size_bytes << " " << entry.path;
    if (!entry.link_target.empty()) std::cout << " -> " << entry.link_target;
    std::cout << "\n";
  });
  return 0;
}

// "SHA-256 size name" of every regular file, in the order of the archive.
int sums(Archive& archive) {
  for (const Entry& entry : archive.list()) {
    if (entry.type != EntryType::file) continue;
    DigestSink digest;
    archive.read_entry(entry.path, digest);
    std::cout << digest.hex() << " " << entry.size_bytes << " " << entry.path << "\n";
  }
  return 0;
}

int extract(Archive& archive, const std::string& target) {
  for (const std::string& warning : archive.extract(target).warnings) std::cerr << warning << "\n";
  return 0;
}

int cat(Archive& archive, const std::string& name) {
  jujubackup::DescriptorSink sink(STDOUT_FILENO, "standard output");
  archive.read_entry(name, sink);
  return 0;
}

int verify(Archive& archive) {
  const jujubackup::VerifyReport report = archive.verify();
  std::cout << jujubackup::to_text(report);
  return static_cast<int>(report.verdict());
}

int run(const std::vector<std::string>& words) {
  const std::string verb = words.empty() ? "" : words[0];
  if (verb == "create" && words.size() == 4) return create(words[1], words[2], words[3]);
  if (words.size() < 2) throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, "usage: interop-tool VERB FILE ...");
  Archive archive = Archive::open(words[1]);
  if (verb == "list") return list(archive);
  if (verb == "sums") return sums(archive);
  if (verb == "verify") return verify(archive);
  if (verb == "extract" && words.size() == 3) return extract(archive, words[2]);
  if (verb == "cat" && words.size() == 3) return cat(archive, words[2]);
  throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, "unknown verb " + verb);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "interop-tool: " << error.what() << "\n";
    return 3;
  }
}
