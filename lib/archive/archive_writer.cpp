#include <jujubackup/archive_writer.hpp>

#include <algorithm>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/version.hpp>

#include "archive/block.hpp"
#include "archive/gzip_member.hpp"
#include "archive/layout.hpp"
#include "archive/manifest.hpp"
#include "archive/plan.hpp"
#include "crypto/digest.hpp"

namespace jujubackup {
namespace {

int zlib_level(Level level) {
  switch (level) {
    case Level::fast: return 1;
    case Level::standard: return 6;
    case Level::compact: return 9;
  }
  const auto number = static_cast<int>(level);
  if (number < 1 || number > 9) throw Error(ErrorCode::invalid_argument, "the compression level must be 1 to 9");
  return number;
}

// Hands bytes to the sink and keeps count of what went there.
class Output {
 public:
  explicit Output(Sink& sink) : sink_(sink) {}

  void write(std::span<const std::byte> bytes) {
    sink_.write(bytes);
    sha1_.update(bytes);
    sha256_.update(bytes);
    size_bytes_ += bytes.size();
  }
  gzip::Seal seal(std::uint64_t content_bytes) const {
    gzip::Seal seal{size_bytes_, content_bytes, {}};
    const auto digest = sha256_.current();
    std::copy(digest.begin(), digest.end(), seal.sha256.begin());
    return seal;
  }
  void finish(WriteResult& result) {
    result.size_bytes = size_bytes_;
    result.sha1_base64 = sha1_.finish_base64();
    result.sha256_hex = sha256_.finish_hex();
  }

 private:
  Sink& sink_;
  Digest sha1_{Digest::Kind::sha1};
  Digest sha256_{Digest::Kind::sha256};
  std::uint64_t size_bytes_ = 0;
};

// Puts the chunks' digests, which arrive in order, together to one digest for each file.
class ManifestFiles {
 public:
  explicit ManifestFiles(const Plan& plan) : plan_(plan) { files_.reserve(plan.files.size()); }

  void add(const ChunkDigest& chunk) {
    finish_before(chunk.file);
    list_.add_chunk(chunk.sha256);
    open_ = true;
  }
  std::vector<ManifestFile> take() {
    finish_before(plan_.files.size());
    return std::move(files_);
  }

 private:
  // Empty files have no chunk; they are finished when their turn is over.
  void finish_before(std::size_t file) {
    while (files_.size() < file && (open_ || plan_.files[files_.size()].size_bytes == 0)) {
      const PlannedFile& done = plan_.files[files_.size()];
      files_.push_back({done.path, done.size_bytes, list_.finish_hex()});
      open_ = false;
    }
  }

  const Plan& plan_;
  HashList list_;
  bool open_ = false;
  std::vector<ManifestFile> files_;
};

ManifestFile metadata_file(const Metadata& metadata) {
  const std::string json = write_metadata(metadata);
  HashList list;
  list.update(std::as_bytes(std::span(json)));
  return {std::string(layout::metadata), json.size(), list.finish_hex()};
}

void write_in_members(Output& out, std::span<const std::byte> content, int level) {
  std::vector<std::byte> member;
  while (!content.empty()) {
    const auto piece = content.first(std::min<std::size_t>(content.size(), Plan::block_bytes));
    member.clear();
    gzip::append_member(member, piece, level);
    out.write(member);
    content = content.subspan(piece.size());
  }
}

}  // namespace

WriteResult write_archive(const ArchiveInput& input, Sink& sink, const WriteOptions& options, Job* job) {
  const int level = zlib_level(options.level);
  job_begin(job, Phase::gathering, 0);
  Plan plan = make_plan(input, options.strict, job);

  job_begin(job, Phase::writing, plan.content_bytes);
  Output out(sink);
  WriteResult result;
  result.warnings = std::move(plan.warnings);
  ManifestFiles files(plan);
  std::vector<std::byte> content;
  for (const Block& block : plan.blocks) {
    BlockResult produced = produce_block(plan, block, level, content);
    if (options.strict && !produced.warnings.empty()) throw Error(ErrorCode::io, produced.warnings.front(), true);
    for (std::string& warning : produced.warnings) {
      // A large file that vanished says so in each of its blocks.
      if (!result.warnings.empty() && result.warnings.back() == warning) continue;
      job_note(job, warning);
      result.warnings.push_back(std::move(warning));
    }
    for (const ChunkDigest& digest : produced.digests) files.add(digest);
    out.write(produced.member);
    job_advance(job, block.size_bytes);
  }

  Manifest manifest;
  manifest.writer = "libjujubackup " + library_version();
  manifest.finished = Timestamp::now();
  manifest.files = files.take();
  manifest.files.insert(manifest.files.begin(), metadata_file(input.metadata));
  manifest.warnings = result.warnings;
  const std::vector<std::byte> tail = make_tail(write_manifest(manifest), manifest.finished.unix_seconds());
  write_in_members(out, tail, level);

  result.content_bytes = plan.content_bytes + tail.size();
  result.files = plan.files.size();
  result.finished = manifest.finished;
  std::vector<std::byte> seal;
  gzip::append_seal(seal, out.seal(result.content_bytes));
  out.write(seal);
  out.finish(result);
  return result;
}

}  // namespace jujubackup
