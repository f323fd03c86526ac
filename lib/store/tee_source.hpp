// A source whose bytes are kept as they are read: for storing and verifying what can be read only once.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>

namespace jujubackup {

// Writes each piece to `sink` before it hands it out, from the reader's own buffer, and counts it as progress of `job`. There is no
// random access, whatever `source` can do: a reader that jumped about would leave bytes out.
class TeeSource final : public Source {
 public:
  TeeSource(Source& source, Sink& sink, Job* job) : source_(source), sink_(sink), job_(job), promised_bytes_(source.size()) {}

  // Error(io) in place of the end if that is not where the source had said. What failed once fails again: nothing is written
  // behind a gap.
  std::size_t read(std::span<std::byte> into) override;
  void rewind() override;
  std::optional<std::uint64_t> size() const override { return promised_bytes_; }
  std::string name() const override { return source_.name(); }

  // To be called by the owner when the reader is done: throws what went wrong, also if the reader did not pass it on, and Error(internal)
  // unless every byte was taken and `read_bytes` is how many there were.
  void check_complete(std::uint64_t read_bytes) const;

 private:
  std::size_t read_once(std::span<std::byte> into);

  Source& source_;
  Sink& sink_;
  Job* job_;
  std::optional<std::uint64_t> promised_bytes_;
  std::uint64_t taken_bytes_ = 0;
  bool at_end_ = false;
  std::exception_ptr failure_;
};

}  // namespace jujubackup
