#include "store/verify_on_the_way.hpp"

#include <algorithm>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "store/tee_source.hpp"

namespace jujubackup {

VerifyReport verify_on_the_way(Source& source, Sink& sink, const Identities* identities, Job* job) {
  TeeSource tee(source, sink, job);
  job_begin(job, Phase::copying, tee.size().value_or(0));
  // The progress is that of the copying, and it is there that the job is asked whether to go on.
  Job silent;
  if (job != nullptr) silent.set_threads(job->threads());
  VerifyReport report = verify_file(tee, identities, {}, &silent);
  tee.check_complete(report.size_bytes);
  return report;
}

void check_expected(const Source& source, const VerifyReport& report, const std::string& sha1_base64) {
  if (sha1_base64.empty() || sha1_base64 == report.sha1_base64) return;
  throw Error(ErrorCode::corrupt, printable(source.name()) + ": the bytes are not those that were recorded (SHA-1)");
}

std::string first_error(const VerifyReport& report) {
  const auto is_error = [](const Finding& finding) { return finding.severity == Severity::error; };
  const auto found = std::find_if(report.findings.begin(), report.findings.end(), is_error);
  if (found == report.findings.end()) return {};
  return found->code + ": " + (found->where.empty() ? "" : found->where + ": ") + found->message;
}

}  // namespace jujubackup
