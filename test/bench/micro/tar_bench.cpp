#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "archive/content_check.hpp"
#include "archive/findings.hpp"
#include "archive/stream.hpp"
#include "archive/tar_reader.hpp"
#include "rate.hpp"
#include "samples.hpp"

namespace jujubackup::bench {
namespace {

// The tree's tar with its end, in pieces as a reader of members hands them out.
class PieceStream final : public Stream {
 public:
  explicit PieceStream(std::span<const std::byte> bytes) : left_(bytes) {}
  std::span<const std::byte> next() override {
    const auto piece = left_.first(std::min<std::size_t>(left_.size(), Plan::block_bytes));
    left_ = left_.subspan(piece.size());
    return piece;
  }

 private:
  std::span<const std::byte> left_;
};

void pass_over(tar::TarReader& reader) {
  while (reader.next()) {
    for (auto piece = reader.data(); !piece.empty(); piece = reader.data()) benchmark::DoNotOptimize(piece.data());
  }
}

Bytes with_end(Bytes tar) {
  constexpr std::size_t end_bytes = 1024;
  tar.resize(tar.size() + end_bytes);
  return tar;
}

// A tar of many files with little in each: what is left of the time is that of headers.
Bytes small_files(const Samples& samples) {
  constexpr std::size_t headers = 20000;
  Bytes tar;
  // The first entry of each of our archives is a directory.
  const auto header = std::span(samples.tar).first(512);
  for (std::size_t i = 0; i < headers; ++i) tar.insert(tar.end(), header.begin(), header.end());
  return with_end(std::move(tar));
}

// To and from the page cache, as far as the file system keeps it there.
void register_file(const Samples& samples) {
  const std::shared_ptr<std::FILE> file(std::tmpfile(), [](std::FILE* open) {
    if (open != nullptr) std::fclose(open);
  });
  if (!file) throw std::runtime_error("cannot make a temporary file");
  const int fd = ::fileno(file.get());
  measure("tree/write", samples.tar.size(), [&samples, file, fd](benchmark::State& state) {
    if (::ftruncate(fd, 0) != 0 || ::lseek(fd, 0, SEEK_SET) != 0) state.SkipWithError("cannot begin anew");
    DescriptorSink sink(fd, "a temporary file");
    for (const auto block : blocks_of(samples.tar)) sink.write(block);
  });
  DescriptorSink(fd, "a temporary file").write(samples.tar);
  measure("tree/read", samples.tar.size(), [&samples, file, fd, piece = Bytes(Plan::block_bytes)](benchmark::State& state) mutable {
    const auto source = source_of_descriptor(fd, "a temporary file");
    for (std::size_t done = 0; done < samples.tar.size();) {
      const std::size_t got = source->read_at(done, piece);
      if (got == 0) {
        state.SkipWithError("the file is too short");
        return;
      }
      done += got;
    }
  });
}

}  // namespace

void register_tar(const Samples& samples) {
  const auto tar = std::make_shared<const Bytes>(with_end(samples.tar));
  measure("tree/tar", tar->size(), [tar](benchmark::State&) {
    PieceStream stream(*tar);
    tar::TarReader reader(stream, "");
    pass_over(reader);
  });
  const auto small = std::make_shared<const Bytes>(small_files(samples));
  measure("tar/headers", small->size(), [small](benchmark::State&) {
    PieceStream stream(*small);
    tar::TarReader reader(stream, "");
    pass_over(reader);
  });
  // All that the caller's thread does when an archive is verified.
  measure("tree/check", tar->size(), [tar](benchmark::State&) {
    VerifyReport report;
    report.depth = Depth::full;
    Findings findings(report.findings);
    ContentCheck check(report, findings, nullptr);
    PieceStream stream(*tar);
    check.run(stream, nullptr);
  });
  register_file(samples);
}

}  // namespace jujubackup::bench
