/* The checks of net_open and net_run, written once for every network. Freestanding: no libc, no
 * globals, no allocation, so that a shared library of a network depends on nothing. */
#include "kiln/digest.h"
#include "kiln/program.h"

static int misaligned(const void *pointer, uint64_t alignment) {
  return alignment != 0 && (uintptr_t)pointer % alignment != 0;
}

static int is_bad_pool(const kiln_pool *pool) {
  return pool != NULL && (pool->threads < 1 || pool->parallel_for == NULL);
}

static kiln_status check_weights(const kiln_program *program, kiln_buffer weights) {
  if (weights.bytes < program->weights_bytes)
    return KILN_SHORT_WEIGHTS;
  if (misaligned(weights.data, KILN_ALIGNMENT))
    return KILN_MISALIGNED_WEIGHTS;
  if (kiln_digest_of(weights.data, (size_t)program->weights_bytes) != program->weights_digest)
    return KILN_WRONG_WEIGHTS;
  return KILN_OK;
}

static kiln_status check_prepared(const kiln_program *program, kiln_buffer prepared) {
  if (program->prepared_bytes == 0)
    return KILN_OK;
  if (prepared.data == NULL || prepared.bytes < program->prepared_bytes)
    return KILN_SHORT_PREPARED;
  return misaligned(prepared.data, KILN_ALIGNMENT) ? KILN_MISALIGNED_PREPARED : KILN_OK;
}

static void end_of_inference(const kiln_pool *pool) {
  if (pool != NULL && pool->threads > 1)
    pool->parallel_for(pool->context, 0, NULL, NULL);
}

kiln_status kiln_open(const kiln_program *program, kiln_model *model, kiln_buffer weights,
                      kiln_buffer prepared, const kiln_pool *pool) {
  if (model == NULL)
    return KILN_NULL_MODEL;
  model->program = NULL;
  if (program->api_version != KILN_API_VERSION)
    return KILN_WRONG_API;
  if ((program->cpu_features & ~kiln_cpu_features()) != 0)
    return KILN_WRONG_CPU;
  if (is_bad_pool(pool))
    return KILN_BAD_POOL;
  if (weights.data == NULL) {
    if (program->weights == NULL && program->weights_bytes != 0)
      return KILN_MISSING_WEIGHTS;
    model->weights = program->weights;
  } else {
    kiln_status status = check_weights(program, weights);
    if (status != KILN_OK)
      return status;
    model->weights = weights.data;
  }
  kiln_status status = check_prepared(program, prepared);
  if (status != KILN_OK)
    return status;
  model->prepared = prepared.data;
  if (program->prepared_bytes != 0) {
    const void *source = model->weights;
    program->prepare(&source, &model->prepared, model->weights, NULL, pool);
    end_of_inference(pool);
  }
  model->program = program;
  return KILN_OK;
}

static kiln_status check_inputs(const kiln_program *program, const void *const *inputs) {
  for (uint32_t i = 0; i < program->input_count; ++i) {
    if (inputs == NULL || inputs[i] == NULL)
      return KILN_NULL_INPUT;
    if (misaligned(inputs[i], kiln_dtype_bytes(program->inputs[i].dtype)))
      return KILN_MISALIGNED_INPUT;
  }
  return KILN_OK;
}

static kiln_status check_outputs(const kiln_program *program, void *const *outputs) {
  for (uint32_t i = 0; i < program->output_count; ++i) {
    if (outputs == NULL || outputs[i] == NULL)
      return KILN_NULL_OUTPUT;
    if (misaligned(outputs[i], kiln_dtype_bytes(program->outputs[i].dtype)))
      return KILN_MISALIGNED_OUTPUT;
  }
  return KILN_OK;
}

static kiln_status check_arena(const kiln_program *program, kiln_buffer arena) {
  if (program->arena_bytes == 0)
    return KILN_OK;
  if (arena.data == NULL || arena.bytes < program->arena_bytes)
    return KILN_SHORT_ARENA;
  return misaligned(arena.data, KILN_ALIGNMENT) ? KILN_MISALIGNED_ARENA : KILN_OK;
}

kiln_status kiln_run(const kiln_program *program, const kiln_model *model,
                     const void *const *inputs, void *const *outputs, kiln_buffer arena,
                     const kiln_pool *pool) {
  if (model == NULL)
    return KILN_NULL_MODEL;
  if (model->program != program)
    return KILN_NOT_OPENED;
  kiln_status status = check_inputs(program, inputs);
  if (status == KILN_OK)
    status = check_outputs(program, outputs);
  if (status == KILN_OK)
    status = check_arena(program, arena);
  if (status == KILN_OK && is_bad_pool(pool))
    status = KILN_BAD_POOL;
  if (status != KILN_OK)
    return status;
  const void *weights =
      program->prepared_bytes == 0 ? model->weights : (const void *)&model->weights;
  program->body(inputs, outputs, weights, arena.data, pool);
  end_of_inference(pool);
  return KILN_OK;
}

void kiln_launch(const kiln_pool *pool, int tasks, void (*task)(void *, int), void *argument) {
  if (pool != NULL && pool->threads > 1 && tasks > 1) {
    pool->parallel_for(pool->context, tasks, task, argument);
    return;
  }
  for (int i = 0; i < tasks; ++i)
    task(argument, i);
}
