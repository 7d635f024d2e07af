/* Traces what libtorch runs in this process: link libsandglass_torch.so, call begin before and end after the work.
 *
 *   sandglass_trace_begin("my/model", &(struct sandglass_trace_options){.store = "traces", .phase = "train"});
 *   for (...) { ...; sandglass_trace_step(); }
 *   sandglass_trace_end(NULL);
 *
 * Plain C, for programs in any language; Python has the same as torch.ops.sandglass.trace_begin and so on. All
 * functions may be called from any thread, and concern the one trace that the process can have open at a time. Those
 * that return an int return 0, or else 1, and then sandglass_last_error says why, in one line.
 *
 * A trace that is open when the program ends is sealed if its exit status is 0, and given up otherwise. Recorded are
 * operators and autograd nodes on the processor; where libtorch has other devices, only shapes can be recorded. TLS, a
 * token and a spool are as sandglass-collect takes them from the environment (SANDGLASS_TLS_CA, SANDGLASS_TOKEN_FILE,
 * SANDGLASS_SPOOL). A program that links Sandglass's protos itself cannot load this library too.
 */
#ifndef SANDGLASS_COLLECTORS_TORCH_LIBRARY_SANDGLASS_TORCH_H_
#define SANDGLASS_COLLECTORS_TORCH_LIBRARY_SANDGLASS_TORCH_H_

#ifdef __cplusplus
extern "C" {
#endif

/* How long a trace's id is, with the zero at its end. */
#define SANDGLASS_TRACE_ID_BYTES 27

/* What is left out (null or 0) is not known, or as it says. */
struct sandglass_trace_options {
  /* A server's HOST:PORT, or a store's folder; neither: SANDGLASS_SERVER or SANDGLASS_STORE. */
  const char* to;
  const char* store;
  /* "train", "prefill", "decode", "infer" or "simulate". */
  const char* phase;
  /* What work is counted in, "step" (if left out), "token", "sample" or "md-nanosecond", and how much of it one step
   * is; 0: 1. */
  const char* unit;
  double work_per_step;
  /* The model, in words. */
  const char* model;
  /* Not 0: times mean nothing, as on the meta device. */
  int shapes_only;
  /* Not 0: when the destination is slow, operators are dropped and counted. Otherwise the model waits for it. */
  int drop_when_slow;
};

/* Opens the trace `name` and begins to record. `options` may be null. */
int sandglass_trace_begin(const char* name, const struct sandglass_trace_options* options);

/* A step has ended, which did work_per_step, or `work`. Fails only if no trace is open, or for a `work` that is none:
 * what goes wrong with the destination does not stop the model, and comes with the end. */
int sandglass_trace_step(void);
int sandglass_trace_step_of(double work);

/* Stops recording and seals the trace, whose id it writes into `trace_id`, of SANDGLASS_TRACE_ID_BYTES, unless that is
 * null. Whether it fails or not, no trace is open afterwards. */
int sandglass_trace_end(char* trace_id);

/* Stops recording and gives the trace up: nothing of it will be seen. */
int sandglass_trace_abort(void);

/* Why the last call of this thread failed; "" if it did not. Valid until its next call. */
const char* sandglass_last_error(void);

#ifdef __cplusplus
}
#endif

#endif /* SANDGLASS_COLLECTORS_TORCH_LIBRARY_SANDGLASS_TORCH_H_ */
