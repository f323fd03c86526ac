// Writing an archive and looking at what is in it in the same pass.
#pragma once

#include <jujubackup/archive_writer.hpp>
#include <jujubackup/verify.hpp>

namespace jujubackup {

// As write_archive; the content that was written is checked as a full verification of the file would check it, and `report` tells what
// that would find. A report that is bad means that the sources are (a dump that ends inside of a document).
WriteResult write_verified(const ArchiveInput& input, Sink& sink, const WriteOptions& options, VerifyReport& report, Job* job);

// Whether at this level each block is inflated again and compared before it is written, so that nothing is left for a verification.
bool inflates_again(Level level) noexcept;

}  // namespace jujubackup
