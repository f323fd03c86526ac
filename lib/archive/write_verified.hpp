// Writing an archive and looking at what is in it in the same pass.
#pragma once

#include <jujubackup/archive_writer.hpp>
#include <jujubackup/verify.hpp>

namespace jujubackup {

// Where the file is encrypted on its way, its own SHA-1 is of no use.
enum class FileSha1 { wanted, unwanted };

// As write_archive; the content that was written is checked as a full verification of the file would check it, and `report` tells what
// that would find. A report that is bad means that the sources are (a dump that ends inside of a document).
WriteResult write_verified(const ArchiveInput& input, Sink& sink, const WriteOptions& options, VerifyReport& report, Job* job,
                           FileSha1 wants_sha1 = FileSha1::wanted);

// Whether at this level each block is inflated again and compared before it is written, so that nothing is left for a verification.
bool inflates_again(Level level) noexcept;

}  // namespace jujubackup
