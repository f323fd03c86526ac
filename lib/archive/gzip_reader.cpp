#include "archive/gzip_reader.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/fault.hpp"
#include "archive/gzip_inflater.hpp"
#include "archive/gzip_member.hpp"
#include "archive/member_frames.hpp"
#include "archive/plan.hpp"
#include "base/pipeline.hpp"
#include "crypto/file_hasher.hpp"
#include "deflate/deflate.hpp"

namespace jujubackup::gzip {
namespace {

// Of another writer's file: what is read at once, and what one piece of it may become. Real dumps shrink to an eighth or so; where there
// is more in it, the rest waits while nothing is read.
constexpr std::size_t foreign_read_bytes = std::size_t{128} * 1024;
constexpr std::size_t foreign_content_bytes = std::size_t{1} << 20;
constexpr std::size_t max_foreign_backlog = std::size_t{256} * 1024;
constexpr unsigned foreign_threads = 3;  // one inflates, one digests, one looks into the content

// A part of the file, and what is in it.
struct Piece {
  Buffer file;
  Buffer content;
  std::size_t content_bytes = 0;
  MemberFrames::Frame frame;
  bool at_end = false;        // of the file; foreign ones
  std::uint64_t members = 0;  // up to here; foreign ones
  std::exception_ptr fault;   // what is wrong here; the bytes of the file are good for digests all the same
};

}  // namespace

struct GzipReader::State {
  Source& source;
  Options options;
  Job* job;
  MemberFrames frames;
  bool begun = false;
  bool own = false;

  // On the caller's thread.
  bool raw = false;     // what comes is not looked into any more
  bool at_end = false;  // of the file
  std::uint64_t file_bytes = 0, content_bytes = 0, members = 0;
  bool sealed = false;
  bool over = false;

  // Anything that is wrong ends the inflating; the digests go on.
  std::atomic<bool> broken{false};
  GzipInflater foreign;
  std::atomic<std::size_t> backlog{0};
  std::atomic<bool> foreign_done{false};
  std::vector<deflate::Inflater> inflaters;
  std::optional<FileHasher> hasher;
  std::uint64_t digested_content = 0;  // of the members before the seal

  std::vector<Piece> pieces;
  std::optional<Pipeline> pipeline;  // last: its threads use all the rest

  State(Source& from, Options wanted, Job* watching) : source(from), options(std::move(wanted)), job(watching), frames(from) {}

  void begin();
  bool fetch(Piece& piece);
  bool fetch_raw(Piece& piece);
  void inflate_own(Piece& piece, unsigned worker);
  void inflate_foreign(Piece& piece);
  void check_seal(Piece& piece);
  Piece* take();
  void check_bomb();
};

// Whether the file is one of ours decides how it is read.
void GzipReader::State::begin() {
  begun = true;
  own = frames.begins_as_ours();
  unsigned threads = std::max(options.threads, 1U);
  if (!own) threads = std::min(threads, foreign_threads);
  // A small file is read before a thread is started.
  constexpr std::uint64_t small_bytes = std::uint64_t{1} << 20;
  if (source.size().value_or(UINT64_MAX) < small_bytes) threads = 1;

  pieces.resize(Pipeline::slots_for(threads));
  for (Piece& piece : pieces) {
    if (!own) continue;
    // Growing step by step would leave up to twice of what is needed.
    piece.file.reserve(Plan::block_bytes + member_header_bytes + 256);
    piece.content.reserve(Plan::block_bytes + 1);
  }
  inflaters.resize(own ? threads : 0);
  std::vector<Pipeline::Stage> stages;
  if (own) {
    stages.push_back({[this](std::size_t slot, unsigned worker) { inflate_own(pieces[slot], worker); }, false, Pipeline::none});
  } else {
    stages.push_back({[this](std::size_t slot, unsigned) { inflate_foreign(pieces[slot]); }, true, Pipeline::none});
  }
  using Wanted = FileHasher::Wanted;
  hasher.emplace(options.digests ? Wanted::both : (own ? Wanted::sha256 : Wanted::nothing), threads);
  for (unsigned part = hasher->parts(); part-- > 0;) {
    const auto digest = [this, part](std::size_t slot, unsigned) {
      if (part == FileHasher::sha256_part) check_seal(pieces[slot]);
      hasher->update(part, pieces[slot].file);
    };
    stages.push_back({digest, true, Pipeline::none});
  }
  pipeline.emplace(
      threads, pieces.size(), [this](std::size_t slot) { return fetch(pieces[slot]); }, std::move(stages));
}

bool GzipReader::State::fetch(Piece& piece) {
  piece.fault = nullptr;
  piece.content_bytes = 0;
  piece.frame = {};
  if (raw || broken.load(std::memory_order_relaxed)) return fetch_raw(piece);
  if (own) {
    try {
      const auto frame = frames.next(piece.file);
      if (!frame) return false;
      piece.frame = *frame;
    } catch (const ArchiveFault&) {
      raw = true;
      piece.fault = std::current_exception();
    }
    return true;
  }
  if (foreign_done.load(std::memory_order_relaxed)) return false;
  piece.file.clear();
  // At the end the caller goes on asking until the last of the content was made.
  if (!at_end && backlog.load(std::memory_order_relaxed) < max_foreign_backlog) at_end = !frames.take_rest(piece.file, foreign_read_bytes);
  piece.at_end = at_end;
  return true;
}

bool GzipReader::State::fetch_raw(Piece& piece) { return frames.take_rest(piece.file, foreign_content_bytes / 4); }

void GzipReader::State::inflate_own(Piece& piece, unsigned worker) {
  if (!piece.frame.header || piece.fault || broken.load(std::memory_order_relaxed)) return;
  try {
    inflate_member(piece.file, piece.content, inflaters[worker], piece.frame.file_offset);
    piece.content_bytes = piece.content.size();
  } catch (const ArchiveFault&) {
    piece.fault = std::current_exception();
  }
}

void GzipReader::State::inflate_foreign(Piece& piece) {
  if (broken.load(std::memory_order_relaxed)) return;
  try {
    foreign.push(piece.file);
    if (piece.at_end) foreign.end_of_file();
    piece.content.resize(foreign_content_bytes);
    piece.content_bytes = foreign.pull(piece.content);
    piece.members = foreign.members();
    backlog.store(foreign.backlog(), std::memory_order_relaxed);
    if (foreign.finished()) foreign_done.store(true, std::memory_order_relaxed);
  } catch (const ArchiveFault&) {
    piece.fault = std::current_exception();
  }
}

// Behind the bytes that it seals.
void GzipReader::State::check_seal(Piece& piece) {
  if (piece.frame.header) digested_content += piece.frame.header->content_bytes;
  if (piece.frame.seal) {
    const Seal& seal = *piece.frame.seal;
    const std::string where = "offset " + std::to_string(piece.frame.file_offset);
    const auto actual = hasher->sha256();
    if (seal.file_bytes != piece.frame.file_offset || seal.content_bytes != digested_content) {
      piece.fault =
          std::make_exception_ptr(ArchiveFault("seal-mismatch", where, "the seal tells other lengths than those of what comes before it"));
    } else if (!std::equal(actual.begin(), actual.end(), seal.sha256.begin(), seal.sha256.end())) {
      piece.fault = std::make_exception_ptr(
          ArchiveFault("seal-mismatch", where, "the bytes before the seal are not those that were sealed (SHA-256)"));
    }
  }
}

// The next part of the file, accounted for.
Piece* GzipReader::State::take() {
  if (over) return nullptr;
  if (!begun) begin();
  const std::size_t slot = pipeline->next();
  if (slot == Pipeline::none) {
    over = true;
    return nullptr;
  }
  Piece& piece = pieces[slot];
  file_bytes += piece.file.size();
  if (options.tap && !piece.file.empty()) options.tap(piece.file);
  job_advance(job, piece.file.size());
  return &piece;
}

void GzipReader::State::check_bomb() {
  if (!is_bomb(content_bytes, file_bytes)) return;
  throw ArchiveFault("gzip-bomb", "offset " + std::to_string(file_bytes), "the data expands more than five hundred times",
                     ErrorCode::limit);
}

GzipReader::GzipReader(Source& source, Options options, Job* job) : state_(std::make_unique<State>(source, std::move(options), job)) {}
GzipReader::~GzipReader() = default;

std::span<const std::byte> GzipReader::next() {
  State& s = *state_;
  if (s.broken) return {};
  try {
    while (Piece* piece = s.take()) {
      if (piece->fault) std::rethrow_exception(piece->fault);
      s.members = s.own ? s.members + (piece->frame.header ? 1 : 0) : piece->members;
      if (piece->frame.seal) s.sealed = true;
      if (piece->content_bytes == 0) continue;
      s.content_bytes += piece->content_bytes;
      s.check_bomb();
      return std::span(piece->content).first(piece->content_bytes);
    }
  } catch (...) {
    s.broken = true;
    throw;
  }
  return {};
}

void GzipReader::drain() {
  State& s = *state_;
  s.broken = true;
  while (s.take() != nullptr) {
  }
}

std::uint64_t GzipReader::file_bytes() const noexcept { return state_->file_bytes; }
std::uint64_t GzipReader::content_bytes() const noexcept { return state_->content_bytes; }
std::uint64_t GzipReader::members() const noexcept { return state_->members; }
bool GzipReader::own_layout() const noexcept { return state_->own; }
bool GzipReader::sealed() const noexcept { return state_->sealed; }
std::string GzipReader::sha1_base64() { return state_->options.digests && state_->hasher ? state_->hasher->sha1_base64() : std::string(); }
std::string GzipReader::sha256_hex() { return state_->options.digests && state_->hasher ? state_->hasher->sha256_hex() : std::string(); }

}  // namespace jujubackup::gzip
