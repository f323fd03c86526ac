#include <jujubackup/archive_writer.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/version.hpp>

#include "archive/block.hpp"
#include "archive/content_check.hpp"
#include "archive/findings.hpp"
#include "archive/gzip_member.hpp"
#include "archive/layout.hpp"
#include "archive/manifest.hpp"
#include "archive/plan.hpp"
#include "archive/stream.hpp"
#include "archive/tree_archive.hpp"
#include "archive/write_verified.hpp"
#include "base/pipeline.hpp"
#include "crypto/file_hasher.hpp"

namespace jujubackup {
namespace {

// Puts the chunks' digests, which arrive in order, together to one digest for each file.
class ManifestFiles {
 public:
  explicit ManifestFiles(const Plan& plan) : plan_(plan) { files_.reserve(plan.files.size()); }

  void add(const ChunkDigest& chunk) {
    finish_before(chunk.file);
    list_.add_chunk(chunk.digest);
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
      files_.push_back({done.path, done.size_bytes, list_.finish()});
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
  return {std::string(layout::metadata), json.size(), list.finish()};
}

// What the manifest says of other things than the plan's files, and what it is called.
struct ManifestFrame {
  std::string name;
  std::vector<ManifestFile> first;
  std::vector<std::pair<std::string, std::string>> facts;
};

ManifestFrame frame_of(const ArchiveInput& input) { return {std::string(layout::manifest), {metadata_file(input.metadata)}, {}}; }
ManifestFrame frame_of(const TreeInput& input) { return {input.manifest_name, {}, input.facts}; }

template <typename Input>
Plan planned(const Input& input, const WriteOptions& options, Job* job) {
  job_begin(job, Phase::gathering, 0);
  Plan plan = make_plan(input, options.strict, job);
  job_begin(job, Phase::writing, plan.content_bytes);
  return plan;
}

// The archive while it is written: next() writes a part of it and hands out the part's content, so that whoever checks the content sees
// what is in the file, in the same pass.
class ArchiveInProgress final : public Stream {
 public:
  template <typename Input>
  ArchiveInProgress(const Input& input, Sink& sink, const WriteOptions& options, Job* job, FileSha1 wants_sha1 = FileSha1::wanted)
      : frame_(frame_of(input)),
        plan_(planned(input, options, job)),
        sink_(sink),
        strict_(options.strict),
        job_(job),
        files_(plan_),
        hasher_(wants_sha1 == FileSha1::wanted ? FileHasher::Wanted::both : FileHasher::Wanted::sha256, job_threads(job)) {
    const unsigned threads = job_threads(job);
    blocks_.resize(Pipeline::slots_for(threads));
    for (ProducedBlock& block : blocks_) {
      // Growing step by step would leave up to twice of what is needed.
      block.content.reserve(Plan::block_bytes);
      block.member.reserve(Plan::block_bytes + member_slack_bytes);
    }
    numbers_.resize(blocks_.size());
    for (unsigned i = 0; i < threads; ++i) producers_.emplace_back(plan_, options.level);
    result_.warnings = plan_.warnings;
    const auto produce = [this](std::size_t slot, unsigned worker) {
      producers_[worker].produce(plan_.blocks[numbers_[slot]], blocks_[slot]);
    };
    const auto fetch = [this](std::size_t slot) {
      if (fetched_ == plan_.blocks.size()) return false;
      numbers_[slot] = fetched_++;
      return true;
    };
    std::vector<Pipeline::Stage> stages{{produce, false, Pipeline::none}};
    for (unsigned part = 0; part < hasher_.parts(); ++part) {
      stages.push_back({[this, part](std::size_t slot, unsigned) { hasher_.update(part, blocks_[slot].member); }, true, 0});
    }
    pipeline_.emplace(threads, blocks_.size(), fetch, std::move(stages));
  }

  std::span<const std::byte> next() override {
    const std::size_t slot = blocks_done_ ? Pipeline::none : pipeline_->next();
    if (slot != Pipeline::none) return take(blocks_[slot]);
    if (!blocks_done_) make_manifest();
    blocks_done_ = true;
    if (!tail_left_.empty()) return write_tail();
    if (!sealed_) seal();
    return {};
  }

  // When next() said that it is at its end.
  WriteResult finish() { return std::move(result_); }
  std::uint64_t members() const noexcept { return members_; }

 private:
  static constexpr std::size_t member_slack_bytes = 1024;

  std::span<const std::byte> take(ProducedBlock& block) {
    if (strict_ && !block.warnings.empty()) throw Error(ErrorCode::io, block.warnings.front(), true);
    for (std::string& warning : block.warnings) {
      // A large file that vanished says so in each of its blocks.
      if (!result_.warnings.empty() && result_.warnings.back() == warning) continue;
      job_note(job_, warning);
      result_.warnings.push_back(std::move(warning));
    }
    for (const ChunkDigest& digest : block.digests) files_.add(digest);
    write(block.member, block.content.size());
    return block.content;
  }

  void write(std::span<const std::byte> member, std::size_t content_bytes) {
    sink_.write(member);
    result_.size_bytes += member.size();
    result_.content_bytes += content_bytes;
    ++members_;
    job_advance(job_, content_bytes);
  }

  void make_manifest() {
    Manifest manifest;
    manifest.writer = "libjujubackup " + library_version();
    manifest.finished = result_.finished = Timestamp::now();
    manifest.files = files_.take();
    manifest.files.insert(manifest.files.begin(), frame_.first.begin(), frame_.first.end());
    manifest.warnings = result_.warnings;
    manifest.facts = frame_.facts;
    tail_ = make_tail(frame_.name, write_manifest(manifest), manifest.finished.unix_seconds());
    tail_left_ = tail_;
  }

  std::span<const std::byte> write_tail() {
    const auto piece = tail_left_.first(std::min<std::size_t>(tail_left_.size(), Plan::block_bytes));
    tail_left_ = tail_left_.subspan(piece.size());
    producers_.front().compress(piece, member_);
    hasher_.update(member_);
    write(member_, piece.size());
    return piece;
  }

  void seal() {
    gzip::Seal seal{result_.size_bytes, result_.content_bytes, {}};
    std::ranges::copy(hasher_.sha256(), seal.sha256.begin());
    member_.clear();
    gzip::append_seal(member_, seal);
    sink_.write(member_);
    hasher_.update(member_);
    result_.size_bytes += member_.size();
    result_.sha1_base64 = hasher_.sha1_base64();
    result_.sha256_hex = hasher_.sha256_hex();
    result_.files = plan_.files.size();
    sealed_ = true;
  }

  const ManifestFrame frame_;
  const Plan plan_;
  Sink& sink_;
  bool strict_;
  Job* job_;
  ManifestFiles files_;
  WriteResult result_;
  std::uint64_t members_ = 0;
  bool blocks_done_ = false, sealed_ = false;
  std::vector<std::byte> tail_;
  Buffer member_;
  std::span<const std::byte> tail_left_;

  std::size_t fetched_ = 0;
  std::vector<std::size_t> numbers_;  // which block is in which slot
  std::vector<ProducedBlock> blocks_;
  std::vector<BlockProducer> producers_;
  FileHasher hasher_;
  std::optional<Pipeline> pipeline_;  // last: its threads use all the rest
};

}  // namespace

WriteResult write_archive(const ArchiveInput& input, Sink& sink, const WriteOptions& options, Job* job) {
  ArchiveInProgress archive(input, sink, options, job);
  while (!archive.next().empty()) {
  }
  return archive.finish();
}

WriteResult write_tree_archive(const TreeInput& input, Sink& sink, const WriteOptions& options, Job* job) {
  ArchiveInProgress archive(input, sink, options, job);
  while (!archive.next().empty()) {
  }
  return archive.finish();
}

WriteResult write_verified(const ArchiveInput& input, Sink& sink, const WriteOptions& options, VerifyReport& report, Job* job,
                           FileSha1 wants_sha1) {
  ArchiveInProgress archive(input, sink, options, job, wants_sha1);
  report.depth = Depth::full;
  report.own_layout = true;
  Findings findings(report.findings);
  ContentCheck check(report, findings, job, false);
  check.run(archive, nullptr);
  check.finish();
  WriteResult result = archive.finish();
  report.members = archive.members();
  report.size_bytes = result.size_bytes;
  report.content_bytes = result.content_bytes;
  report.sha1_base64 = result.sha1_base64;
  report.sha256_hex = result.sha256_hex;
  return result;
}

bool inflates_again(Level level) noexcept { return BlockProducer::inflates_again(level); }

}  // namespace jujubackup
