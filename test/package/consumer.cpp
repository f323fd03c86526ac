// A user of the C++ library: writes an archive into memory and verifies it.
#include <cstdio>
#include <memory>
#include <span>

#include <jujubackup/archive.hpp>
#include <jujubackup/archive_writer.hpp>
#include <jujubackup/version.hpp>

int main() {
  jujubackup::ArchiveInput input;
  input.metadata.model_uuid = "3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10";
  input.metadata.started = jujubackup::Timestamp::from_unix(1478074504);
  jujubackup::MemorySink sink(1 << 20);
  jujubackup::write_archive(input, sink);

  auto archive = jujubackup::Archive::open(jujubackup::source_of_memory(sink.bytes(), "memory"));
  const auto metadata = archive.metadata();
  if (!metadata || metadata->model_uuid != input.metadata.model_uuid) {
    std::puts("the metadata did not come back");
    return 1;
  }
  // There is no dump in it, and verify says so.
  const auto report = archive.verify();
  if (report.verdict() != jujubackup::Verdict::bad || !report.manifest_checked) {
    std::fputs(jujubackup::to_text(report).c_str(), stdout);
    return 1;
  }
  std::printf("%s\n", jujubackup::library_version().c_str());
  return 0;
}
