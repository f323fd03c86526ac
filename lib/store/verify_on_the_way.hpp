// What every store does with an archive that it is given, before anybody else can see it.
#pragma once

#include <string>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/verify.hpp>

namespace jujubackup {

// Verifies what `source` holds at full depth while it goes to `sink`, unchanged and to its last byte, whatever is found. It may be
// encrypted (verify_file).
VerifyReport verify_on_the_way(Source& source, Sink& sink, const Identities* identities, Job* job);

// Error(corrupt) unless `report` is of bytes with this SHA-1; "" fits any.
void check_expected(const Source& source, const VerifyReport& report, const std::string& sha1_base64);

// "gzip-truncated: offset 1234: the file ends inside of a member" of the first finding of severity error; "" if there is none.
std::string first_error(const VerifyReport& report);

}  // namespace jujubackup
