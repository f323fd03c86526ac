/*
 * Reads an archive to its end, prints what is wrong with it, and tells by its exit code: 0 good, 1 bad or not readable, 3 warnings.
 *
 *   verify_backup FILE
 */
#include <stdio.h>

#include <jujubackup/jujubackup.h>

static void print_findings(const jjb_verify_report* report) {
  size_t count = jjb_verify_report_get_finding_count(report);
  for (size_t i = 0; i < count; i++) {
    printf("%s %s: %s: %s\n", jjb_severity_get_name(jjb_verify_report_get_finding_severity(report, i)),
           jjb_verify_report_get_finding_code(report, i), jjb_verify_report_get_finding_where(report, i),
           jjb_verify_report_get_finding_message(report, i));
  }
}

int main(int argc, char** argv) {
  jjb_archive* archive = NULL;
  jjb_verify_report* report = NULL;
  jjb_error* error = NULL;
  int code = 1;

  if (argc != 2) {
    fprintf(stderr, "usage: verify_backup FILE\n");
    return 2;
  }
  /* No options: full depth. No job: nobody watches or cancels. */
  if (jjb_archive_open(argv[1], &archive, &error) == JJB_STATUS_OK &&
      jjb_archive_verify(archive, NULL, NULL, &report, &error) == JJB_STATUS_OK) {
    int32_t verdict = jjb_verify_report_get_verdict(report);
    print_findings(report);
    printf("%s: %s, SHA-1 %s\n", argv[1], jjb_verdict_get_name(verdict), jjb_verify_report_get_sha1_base64(report));
    code = verdict == JJB_VERDICT_OK ? 0 : verdict == JJB_VERDICT_WARNINGS ? 3 : 1;
  } else {
    fprintf(stderr, "%s\n", jjb_error_get_text(error));
  }
  jjb_error_free(error);
  jjb_verify_report_free(report);
  jjb_archive_free(archive);
  return code;
}
