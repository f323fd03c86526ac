// A private file without a name, for an archive that has to be read twice before it goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <jujubackup/io.hpp>

#include "io/fd.hpp"

namespace jujubackup {

class Spool final : public Sink {
 public:
  // In $TMPDIR, else /tmp. Error(no_space) if `expected_bytes` (0: unknown) do not fit there. Nothing is left of it, whatever happens.
  explicit Spool(std::uint64_t expected_bytes);
  void write(std::span<const std::byte> bytes) override;
  // All that was written; random access. Read while the spool lives.
  std::unique_ptr<Source> open(std::string name) const;

 private:
  std::string directory_;
  Fd file_;
};

}  // namespace jujubackup
