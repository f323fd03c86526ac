// The work behind Archive::verify.
#pragma once

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/verify.hpp>

namespace jujubackup {

// `source` stands at its first byte and is read to its end, except at quick depth where a chain of members of ours allows less.
// Bounded memory. Throws only what the source throws, and Error(cancelled).
VerifyReport verify_archive(Source& source, const VerifyOptions& options, Job* job);

// What a record beside the file says, against what was seen.
class Findings;
void compare_with_record(const VerifyReport& report, const VerifyOptions& options, Findings& findings);

}  // namespace jujubackup
