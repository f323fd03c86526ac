#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>

#include "io/temp_file.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t copy_bytes = std::size_t{1} << 18;

}  // namespace

std::uint64_t save_file(Source& source, const std::string& path, bool replace, Job* job) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") throw Error(ErrorCode::invalid_argument, path + ": is not the name of a file");
  std::string directory = slash == std::string::npos ? "." : path.substr(0, slash);
  if (directory.empty()) directory = "/";

  // publish() decides; this only spares the copying.
  const FileKind there = look_at(path).kind;
  if (there == FileKind::directory) throw Error(ErrorCode::exists, path + ": is a directory");
  if (!replace && there != FileKind::missing) throw Error(ErrorCode::exists, path + ": already exists");

  // Before the first read: some sources, a controller's one download above all, cannot be read again when the disk is full.
  const auto promised = source.size();
  if (promised) require_space(directory, *promised);
  TempFile file(directory);
  job_begin(job, Phase::copying, promised.value_or(0));
  std::vector<std::byte> buffer(copy_bytes);
  while (const std::size_t got = source.read(buffer)) {
    file.write(std::span(buffer).first(got));
    job_advance(job, got);
  }
  if (promised && *promised != file.size_bytes()) {
    throw Error(ErrorCode::io,
                source.name() + ": ended after " + std::to_string(file.size_bytes()) + " of " + std::to_string(*promised) + " bytes", true);
  }
  job_begin(job, Phase::publishing, 0);
  const std::uint64_t size_bytes = file.size_bytes();
  file.publish(name, replace);
  return size_bytes;
}

}  // namespace jujubackup
